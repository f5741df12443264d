import type { Dispatcher } from '../core/delivery/dispatcher.ts';
import type { ProcessName } from '../core/observe/process-facts.ts';
import type { Answers } from '../core/observe/process-requests.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import type { Place } from '../core/settings/setting.ts';
import type { SlotStore } from '../core/slots/slot-store.ts';
import type { KnownKeys, Slots } from '../core/slots/slots.ts';
import type { SlotsMeter } from '../core/slots/slots-meter.ts';
import type { World } from '../core/world.ts';
import type { FellowProcesses } from './net/fellow-processes.ts';
import type { TlsMaterial } from './net/tls.ts';
import type { PortOf } from './open-listeners.ts';
import type { ProcessMetrics } from './process-metrics.ts';

/** What is closed with the process. */
export interface Closes {
  close(): unknown;
}

/** What a part of one world is opened with. */
export interface Running {
  readonly settings: LiveSettings;
  readonly slots: Slots & KnownKeys;
  readonly metrics: ProcessMetrics;
}

/** Where a process runs: its world, and what each kind of world does in its own way. */
export interface Surroundings {
  /** Closed by the service, also when that can't start. */
  readonly world: World;
  readonly place: Place;
  /** What operators and fellows know this process by: no other process of this world has it. */
  readonly process: ProcessName;
  /** @default - the one of all */
  readonly metricNamespace?: string;
  /** Octets that may be held for clients' messages. */
  readonly memoryForClients: number;
  /** One-way, under a key that this process alone has. */
  readonly fingerprint: (text: string) => string;
  /** The world's store, with its writes counted. */
  slotStore(meter: SlotsMeter): SlotStore;
  readonly bind: string;
  readonly portOf: PortOf;
  readonly fellows: FellowProcesses;
  /** What wakes whoever delivers: another process, or a runner in this one. */
  startDelivery(running: Running): Dispatcher & Closes;
  openTls(running: Running): Promise<TlsMaterial>;
  /** Where questions of operators and of fellows come in. */
  openQuestions(answers: Answers): Promise<Closes>;
}
