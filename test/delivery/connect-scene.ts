import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConnectMeter } from '../../core/delivery/connect-meter.ts';
import { type ConnectDeps, type Connected, connectNextHost, type NoHost } from '../../core/delivery/connect-next-host.ts';
import type { FailureCache } from '../../core/delivery/failure-cache.ts';
import { OpenConnections } from '../../core/delivery/open-connections.ts';
import {
  ConnectFailed,
  type HostAddress,
  type RecipientResult,
  type Transport,
  type TransportConnection,
} from '../../core/delivery/transport.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { SlotStore } from '../../core/slots/slot-store.ts';
import { parseIp } from '../../core/values/network.ts';
import { openFailureCache } from '../../platform/embedded/sqlite/failure-cache.ts';
import { memorySlotStore } from '../slots/memory-slot-store.ts';
import { SlotProcess } from '../slots/slot-process.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';

/** What an address does when it is connected to. */
export type Behaviour = (to: HostAddress, signal: AbortSignal, opened: () => void) => Promise<TransportConnection>;

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });

export const fails =
  (stage: ConnectFailed['stage'], reply?: string): Behaviour =>
  async (_to, _signal, opened) => {
    if (stage !== 'connect') opened();
    throw new ConnectFailed(stage, reply ?? 'ECONNREFUSED', { reply });
  };

/** Packets to it get lost. */
export const silent: Behaviour = (_to, signal) => aborted(signal);

/** @param replies to the recipients of each message, 250 when used up */
export const stands =
  (...replies: string[]): Behaviour =>
  async (_to, signal, opened) => {
    opened();
    signal.throwIfAborted();
    return {
      usable: true,
      limits: {},
      takeDialogue: () => [],
      send: async ({ recipients }) => recipients.map(({ address }) => resultOf(address, replies.shift() ?? '250 ok')),
      quit: async () => {},
    };
  };

const resultOf = (address: RecipientResult['address'], reply: string): RecipientResult =>
  reply.startsWith('2') ? { address, result: 'accepted', reply } : { address, result: 'refused', permanent: reply.startsWith('5'), reply };

/** Opens at once, and does what comes next when it is let go. */
export function opensAndWaits(next: Behaviour): Behaviour & { letGo(): void } {
  const gate = Promise.withResolvers<void>();
  const behaviour: Behaviour = async (to, signal, opened) => {
    opened();
    await Promise.race([gate.promise, aborted(signal)]);
    return next(to, signal, () => {});
  };
  return Object.assign(behaviour, { letGo: gate.resolve });
}

/** A transport by script, with what it was asked for and what is open. */
export class ScriptedTransport implements Transport {
  readonly script = new Map<string, Behaviour>();
  readonly asked: HostAddress[] = [];
  readonly brokenOff: string[] = [];
  readonly closed: string[] = [];
  open = 0;

  async connect(to: HostAddress, signal: AbortSignal, opened: () => void = () => {}): Promise<TransportConnection> {
    this.asked.push(to);
    try {
      const connection = await (this.script.get(to.ip) ?? fails('connect'))(to, signal, opened);
      this.open += 1;
      const quit = connection.quit.bind(connection);
      return Object.assign(connection, {
        quit: async () => {
          this.open -= 1;
          this.closed.push(to.ip);
          await quit();
        },
      });
    } catch (error) {
      if (signal.aborted) this.brokenOff.push(to.ip);
      throw error;
    }
  }

  get askedIps(): readonly string[] {
    return this.asked.map(({ ip }) => ip);
  }
}

/** What is counted, by name. */
export class Counted implements ConnectMeter {
  readonly counts: Record<string, number> = {};
  readonly #add = (name: keyof ConnectMeter) => (): void => {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  };
  leftAlone = this.#add('leftAlone');
  trial = this.#add('trial');
  failed = this.#add('failed');
  full = this.#add('full');
  learnt = this.#add('learnt');
}

export interface Worker {
  readonly deps: ConnectDeps;
  readonly transport: ScriptedTransport;
  readonly counted: Counted;
  readonly events: string[];
  connect(hosts: readonly HostAddress[], signal?: AbortSignal): Promise<Connected | NoHost>;
}

export interface ConnectScene {
  readonly clock: VirtualClock;
  readonly failures: FailureCache;
  readonly slotStore: ReturnType<typeof memorySlotStore>;
  /** One process that connects, on a transport that all of them share. */
  worker(settings?: Readonly<Record<string, FixedValue>>): Promise<Worker>;
}

/** Processes that share a failure cache and slots, a clock that the test moves, hosts by script. */
export async function connectScene(t: { after(run: () => Promise<void>): void }): Promise<ConnectScene & { transport: ScriptedTransport }> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-connect-'));
  const failures = await openFailureCache(join(dir, 'failures.db'));
  t.after(async () => {
    failures.close();
    await rm(dir, { recursive: true, force: true });
  });
  const clock = new VirtualClock();
  const slotStore = memorySlotStore(() => clock.monotonic());
  const transport = new ScriptedTransport();
  let started = 0;
  const worker = async (settings: Readonly<Record<string, FixedValue>> = {}): Promise<Worker> => {
    started += 1;
    const { slots } = await SlotProcess.start({ store: slotStore as SlotStore, clock, name: `worker-${started}` });
    const [counted, events]: [Counted, string[]] = [new Counted(), []];
    const deps: ConnectDeps = {
      transport,
      failures,
      slots,
      slotStore,
      settings: fixedSettings(settings),
      clock,
      holder: slots.holder,
      log: { event: (name: string) => void events.push(name), failure: (name: string) => void events.push(name) },
      connections: new OpenConnections(),
      connectMeter: counted,
    };
    const connect = (hosts: readonly HostAddress[], signal = new AbortController().signal) =>
      clock.advanceUntil(connectNextHost(hosts, deps, signal));
    return { deps, transport, counted, events, connect };
  };
  return { clock, failures, slotStore, transport, worker };
}

export function at(ip: string, more: Partial<HostAddress> = {}): HostAddress {
  const parsed = parseIp(ip);
  if (parsed === undefined) throw new Error(`${ip} is no address`);
  return { host: `mx-${ip}`, ip: parsed, port: 25, tls: 'opportunistic', preference: 0, ehlo: 'mail.example.org', ...more };
}

type Scene = Awaited<ReturnType<typeof connectScene>>;

/** Slots that the store counts for connections to an address. */
export const slotsOf = ({ slotStore }: Pick<Scene, 'slotStore'>, ip: string): number =>
  [...slotStore.items].find(([key]) => key === `outbound/sessions-per-destination-address/${ip}`)?.[1].n ?? 0;

export function connected(answer: Connected | NoHost): Connected {
  assert.ok(answer.connected, answer.connected ? '' : answer.reason);
  return answer;
}

export function none(answer: Connected | NoHost): NoHost {
  assert.ok(!answer.connected);
  return answer;
}
