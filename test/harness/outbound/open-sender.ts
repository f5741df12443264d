import { type FixedValue, fixedSettings } from '../../../core/settings/fixed-settings.ts';
import { openSlots } from '../../../core/slots/open-slots.ts';
import type { SlotTimings } from '../../../core/slots/timings.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { type Runner, startRunner } from '../../../platform/embedded/runner.ts';
import { type EmbeddedWorld, openEmbeddedWorld } from '../../../platform/embedded/world.ts';
import { systemClock } from '../../../platform/node/clock.ts';
import { systemResolver } from '../../../platform/node/resolver.ts';
import { smtpTransport, type TransportTimeouts } from '../../../platform/node/smtp-transport.ts';
import { type Places, toThisMachine } from '../elsewhere/documented-networks.ts';

/** All of it can be told to another process as JSON. */
export interface SenderOptions {
  readonly dataDir: string;
  /** Of the name server, `127.0.0.1:5353`. */
  readonly dns: string;
  /** Of every host elsewhere. */
  readonly port: number;
  /** Hosts that are somewhere else on this machine. */
  readonly places?: Places;
  readonly settings?: Readonly<Record<string, FixedValue>>;
  /** ms. @default so long that no slow machine meets them */
  readonly timeouts?: TransportTimeouts;
  readonly slotTimings?: Partial<SlotTimings>;
}

export interface OpenSender {
  readonly world: EmbeddedWorld;
  readonly runner: Runner;
  close(): Promise<void>;
}

export type TellEvent = (name: string, fields: unknown) => void;

/** The delivering part of a process, as `mailweir serve` composes it, with all other hosts on this machine. */
export async function openSender(options: SenderOptions, tell: TellEvent = () => {}, clock: Clock = systemClock): Promise<OpenSender> {
  const { dataDir, dns, port, places = {}, settings: values = {}, timeouts = {}, slotTimings } = options;
  const opened = await openEmbeddedWorld({ dataDir, clock });
  const world: EmbeddedWorld = {
    ...opened,
    // By the clock that tests put forward: answers grow old with it.
    resolver: systemResolver({ servers: [dns], timeout: 2_000, tries: 2, clock: { monotonic: () => clock.now() } }),
    transport: toThisMachine(smtpTransport(timeouts), port, places),
  };
  const settings = fixedSettings({ 'server/hostname': 'mail.example.org', ...values });
  const log = { event: tell, failure: (name: string, error: unknown, fields: unknown) => tell(name, { error: String(error), fields }) };
  const slots = await openSlots({
    store: world.slotStore,
    clock,
    newId: world.newId,
    policy: () => 'local',
    log,
    ...(slotTimings === undefined ? {} : { timings: slotTimings }),
  });
  const runner = startRunner({ world, settings, slots, log });
  return {
    world,
    runner,
    close: async () => {
      await runner.close();
      await slots.close();
      await world.close();
    },
  };
}
