import type { EventLog } from '../observe/event-log.ts';
import type { HolderId } from '../values/ids.ts';
import { inParallel } from './in-parallel.ts';
import type { SlotItem, SlotKey, SlotStore } from './slot-store.ts';
import { noMeter, type SlotsMeter } from './slots-meter.ts';

/** Holders whose lease is remembered. A crowd beyond that is only looked up again. */
const mostRemembered = 4096;

/** Somebody waits for the answer while holders are looked up. */
const lookupsAtOnce = 16;

/**
 * Removes what dead holders left under a key that has just refused somebody (rule 8). Nobody scans: a leak costs nothing until then.
 */
export class Repair {
  readonly #store: SlotStore;
  readonly #log: EventLog;
  readonly #meter: SlotsMeter;
  /** Until when, by the store's clock, a holder can't have been declared dead: it need not be looked up before. */
  readonly #aliveUntil = new Map<HolderId, number>();

  constructor(store: SlotStore, log: EventLog, meter: SlotsMeter = noMeter) {
    this.#store = store;
    this.#log = log;
    this.#meter = meter;
  }

  /** @param self the holder that asks. @returns slots that came back */
  async run(key: SlotKey, item: SlotItem, self: HolderId): Promise<number> {
    let back = 0;
    await inParallel(lookupsAtOnce, [...item.entries], async ([holder, entry]) => {
      if (holder === self || !(await this.#isDead(holder))) return;
      await this.#store.repair(key, holder, entry.version);
      back += entry.count;
    });
    if (back > 0) {
      this.#log.event('slots-repaired', { key, slots: back });
      this.#meter.repaired(key, back);
    }
    return back;
  }

  /** A holder without a row is dead: the row was written before its first entry and outlives the last. */
  async #isDead(holder: HolderId): Promise<boolean> {
    const now = this.#store.leaseTime();
    if (now < (this.#aliveUntil.get(holder) ?? Number.NEGATIVE_INFINITY)) return false;
    const row = await this.#store.holder(holder);
    if (row === undefined || row.state === 'dead') return true;
    if (row.leaseUntil < now) return await this.#store.declareDead(holder, false);
    if (this.#aliveUntil.size >= mostRemembered) this.#aliveUntil.clear();
    this.#aliveUntil.set(holder, row.leaseUntil);
    return false;
  }
}
