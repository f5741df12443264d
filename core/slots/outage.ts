import type { EventLog } from '../observe/event-log.ts';
import type { Clock } from '../values/clock.ts';
import { OutcomeUnknown } from './slot-store.ts';
import { noMeter, type SlotsMeter } from './slots-meter.ts';

/** One lost reply is no outage: the next call settles it. */
const failuresThatCount = 2;

/**
 * Whether the slot store answers at all, as this process sees it. While it does not, `slots/when-store-is-down` says who is admitted and
 * whether sessions may go on behind the fence.
 */
export class Outage {
  readonly #clock: Clock;
  readonly #log: EventLog;
  readonly #meter: SlotsMeter;
  /** How long a sign of the outage excuses a holder that could not renew. A process that was stopped has no fresh sign, so it is fenced. */
  readonly #fresh: number;
  #failures = 0;
  #downSince: number | undefined;
  #sign = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, log: EventLog, fresh: number, meter: SlotsMeter = noMeter) {
    this.#clock = clock;
    this.#log = log;
    this.#fresh = fresh;
    this.#meter = meter;
  }

  get down(): boolean {
    return this.#downSince !== undefined;
  }

  /** ms by the monotonic clock. */
  get downSince(): number | undefined {
    return this.#downSince;
  }

  /** The store failed a moment ago, or this process is still recovering from it: not having renewed is not this process's fault. */
  excuses(): boolean {
    return this.#clock.monotonic() - this.#sign < this.#fresh;
  }

  failed(error: unknown): void {
    this.#failures += 1;
    if (!(error instanceof OutcomeUnknown)) this.#log.failure('slots-store-failed', error);
    if (this.#failures < failuresThatCount) return;
    this.#sign = this.#clock.monotonic();
    if (this.down) return;
    this.#downSince = this.#sign;
    this.#log.event('slots-store-down');
    this.#meter.storeDown();
  }

  /** @returns whether that ended an outage */
  answered(): boolean {
    this.#failures = 0;
    if (!this.down) return false;
    this.#downSince = undefined;
    this.#sign = this.#clock.monotonic();
    this.#log.event('slots-store-back');
    this.#meter.storeBack();
    return true;
  }

  /** What the outage made necessary is still going on. */
  recovering(): void {
    this.#sign = this.#clock.monotonic();
  }
}
