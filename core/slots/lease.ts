import type { EventLog } from '../observe/event-log.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId, NewId } from '../values/ids.ts';
import { type Epoch, newEpoch } from './epoch.ts';
import type { Outage } from './outage.ts';
import type { Renewed, SlotStore } from './slot-store.ts';
import type { SlotsMeter } from './slots-meter.ts';
import type { SlotTimings } from './timings.ts';

export interface LeaseParts {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: EventLog;
  readonly meter: SlotsMeter;
  readonly timings: SlotTimings;
  readonly outage: Outage;
  /** Takes every slot of this process again under the new epoch, as far as they fit. */
  readonly retake: (epoch: Epoch) => Promise<void>;
  /** After each try to renew, whatever came of it. */
  readonly beaten: () => void;
  /** Requests to this holder that came with a renewal. */
  readonly asked: (requests: readonly string[]) => void;
}

/**
 * This process's right to act for its sessions (rule 6). It renews at `renewEvery`; `fenceAfter` the sending of the last acknowledged
 * renewal, by the monotonic clock and by the store's, it is fenced. Once declared dead, or when an entry of its own has vanished (rule 3),
 * it goes on as a new holder, and is not valid before its slots are taken again.
 */
export class Lease {
  readonly #parts: LeaseParts;
  readonly #closed = new AbortController();
  #epoch: Epoch;
  /** The epoch has a row in the store that nobody is known to have declared dead. */
  #registered = false;
  #retaking = false;
  #sentAt = Number.NEGATIVE_INFINITY;
  #leaseUntil = Number.NEGATIVE_INFINITY;
  #failing = false;
  #beating = false;
  #rouse = new AbortController();

  constructor(parts: LeaseParts) {
    this.#parts = parts;
    this.#epoch = newEpoch(parts.newId() as HolderId);
  }

  get epoch(): Epoch {
    return this.#epoch;
  }

  /** Compares two clocks, so that a process that was stopped and resumed knows before it does anything. */
  valid(): boolean {
    const { clock, store, timings } = this.#parts;
    if (!this.#registered || this.#retaking) return false;
    return (
      clock.monotonic() - this.#sentAt < timings.fenceAfter && store.leaseTime() < this.#leaseUntil - (timings.lease - timings.fenceAfter)
    );
  }

  /** Registers, and keeps renewing until `close`. A store that does not answer is no error here: the policy for that decides. */
  async open(): Promise<void> {
    await this.#beat();
    void this.#run();
  }

  /** What was seen under `epoch` can only be if it was declared dead: fence at once and begin a new one. */
  lost(epoch: Epoch, key: string): void {
    if (epoch !== this.#epoch || !this.#registered) return;
    this.#registered = false;
    this.#parts.log.event('slots-fenced', { holder: epoch.holder, key, why: 'an entry of its own is gone' });
    this.#parts.meter.fenced();
    this.beatNow();
  }

  /** Tries to renew at once instead of at the next beat; a store that does not answer is not asked more often for it. */
  beatNow(): void {
    if (!this.#beating && !this.#failing) this.#rouse.abort();
  }

  /** Sets DEAD, so that nobody has to wait for the lease to end. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#rouse.abort();
    const had = this.#registered;
    this.#registered = false;
    if (had) await this.#parts.store.declareDead(this.#epoch.holder, true);
  }

  async #run(): Promise<void> {
    const { clock, timings } = this.#parts;
    while (!this.#closed.signal.aborted) {
      const pause = this.#failing ? timings.retryEvery : this.#sentAt + timings.renewEvery - clock.monotonic();
      if (!this.#rouse.signal.aborted) await clock.sleep(Math.max(0, pause), this.#rouse.signal);
      if (this.#closed.signal.aborted) return;
      this.#rouse = new AbortController();
      await this.#beat();
    }
  }

  async #beat(): Promise<void> {
    this.#beating = true;
    try {
      if (!this.#registered || !(await this.#renew())) await this.#begin();
      this.#failing = false;
      this.#parts.outage.answered();
    } catch (error) {
      this.#failing = true;
      this.#parts.outage.failed(error);
    } finally {
      this.#beating = false;
    }
    this.#parts.beaten();
  }

  /** @returns false when this epoch is over */
  async #renew(): Promise<boolean> {
    const { store, clock, timings, log, meter } = this.#parts;
    const sentAt = clock.monotonic();
    const renewed = await store.renew(this.#epoch.holder, timings.lease);
    if (renewed !== 'dead') {
      this.#accept(renewed, sentAt);
      return this.#registered;
    }
    this.#registered = false;
    log.event('slots-fenced', { holder: this.#epoch.holder, why: 'declared dead' });
    meter.fenced();
    return false;
  }

  /** A new epoch. The old one is set DEAD first: what it left can be repaired by anybody at once. */
  async #begin(): Promise<void> {
    const { store, clock, timings, newId, log } = this.#parts;
    const old = this.#epoch.holder;
    const sentAt = clock.monotonic();
    const next = newEpoch(newId() as HolderId);
    if (this.#leaseUntil > Number.NEGATIVE_INFINITY) await store.declareDead(old, true);
    const renewed = await store.register(next.holder, timings.lease);
    if (this.#closed.signal.aborted) return;
    this.#epoch = next;
    this.#accept(renewed, sentAt);
    this.#registered = true;
    log.event('slots-epoch', { holder: next.holder });
    void this.#retake(next);
  }

  async #retake(epoch: Epoch): Promise<void> {
    this.#retaking = true;
    await this.#parts.retake(epoch);
    if (epoch !== this.#epoch) return;
    this.#retaking = false;
    this.#parts.beaten();
  }

  #accept(renewed: Renewed, sentAt: number): void {
    this.#sentAt = sentAt;
    this.#leaseUntil = renewed.leaseUntil;
    if (renewed.ask.length > 0) this.#parts.asked(renewed.ask);
  }
}
