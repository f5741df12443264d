import path from 'node:path';
import type { SendingService } from '../core/delivery/sending-service.ts';
import type { EventLog } from '../core/observe/event-log.ts';
import { imapSettings } from '../core/settings/listeners.ts';
import { serverSettings } from '../core/settings/server.ts';
import { meteredStore } from '../core/slots/metered-store.ts';
import type { SlotTimings } from '../core/slots/timings.ts';
import { fellowProcesses } from '../platform/embedded/fellow-processes.ts';
import { openProcessSocket } from '../platform/embedded/process-socket.ts';
import { type Runner, startRunner } from '../platform/embedded/runner.ts';
import { TextIndexer } from '../platform/embedded/text/text-indexer.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../platform/embedded/world.ts';
import { bootFingerprint } from '../platform/node/boot-fingerprint.ts';
import { openSelfSigned } from '../platform/node/certificates.ts';
import type { DrainOptions } from './net/drain.ts';
import { openTls } from './net/tls.ts';
import { type RunningProcess, startService } from './service.ts';
import type { Running, Surroundings } from './surroundings.ts';
import { memoryForClients, placeOf } from './this-machine.ts';

export type { RunningProcess } from './service.ts';

export interface ProcessOptions {
  readonly dataDir: string;
  /** Address to listen on. @default 127.0.0.1 */
  readonly bind?: string;
  /** Processes that serve on this machine, this one included. @default 1 */
  readonly processes?: number;
  /** Settings of this run, by name, unparsed. */
  readonly overrides?: ReadonlyMap<string, string>;
  readonly log: EventLog;
  /** Takes metrics, one line of JSON each. @default - they are counted and thrown away */
  readonly metrics?: (line: string) => void;
  /** `random`: any free ports instead of those of the settings. @default settings */
  readonly ports?: 'settings' | 'random';
  readonly drain?: Partial<DrainOptions>;
  readonly slotTimings?: Partial<SlotTimings>;
  /** What the route `ses` leads to. @default - nothing */
  readonly ses?: SendingService;
}

/**
 * Opens the embedded world and serves on it. When it throws, nothing is left open.
 * @throws InvalidSettings, PortUnavailable
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const { dataDir, ses } = options;
  return startService(onThisMachine(options, await openEmbeddedWorld({ dataDir, ses })), options);
}

/** One of the processes that share a data directory: each delivers too, and they talk over unix sockets. */
function onThisMachine({ dataDir, bind = '127.0.0.1', processes, ports, log }: ProcessOptions, world: EmbeddedWorld): Surroundings {
  const selfSigned = (hostname: string) => openSelfSigned(path.join(dataDir, 'self-signed.pem'), hostname, world.clock.now());
  return {
    world,
    place: placeOf(bind, processes),
    process: process.pid,
    memoryForClients: memoryForClients(),
    fingerprint: bootFingerprint(),
    slotStore: (meter) => meteredStore(world.slotStore, meter),
    bind,
    portOf: ports === 'random' ? () => 0 : (_, set) => set,
    fellows: fellowProcesses(dataDir, log),
    startDelivery: (running) => withIndexer(startRunner({ world, log, ...running, ...countingOf(running) }), running, world, log),
    openTls: ({ settings }) => {
      const { secrets, clock } = world;
      return openTls({ settings, log, secrets, clock, selfSigned: () => selfSigned(settings.get(serverSettings.hostname)) });
    },
    openQuestions: (answers) => openProcessSocket(dataDir, answers),
  };
}

/** Texts are indexed beside the delivery, for as long as it lasts. */
function withIndexer(runner: Runner, { settings }: Running, { indexing }: EmbeddedWorld, log: EventLog): Runner {
  const indexer = new TextIndexer({ ...indexing, isWanted: () => settings.get(imapSettings.textIndex), log });
  return { ...runner, close: async (patience) => void (await Promise.all([runner.close(patience), indexer.close()])) };
}

const countingOf = ({ metrics }: Running) => ({
  outboundCounts: metrics.outbound,
  counts: metrics.deliveries,
  connectMeter: metrics.connecting,
  collectMeter: metrics.collect,
});
