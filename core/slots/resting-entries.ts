import type { SlotEntry, SlotKey } from './slot-store.ts';

/** An entry of 0 slots as a forgotten key left it in the store. */
export interface RestingEntry {
  readonly entry: SlotEntry;
  /** By the monotonic clock. */
  readonly writtenAt: number;
}

/** Some 10 MB. Whose entry is not remembered pays for one refused write, which tells it. */
const most = 50_000;

/**
 * What the store still has of keys that this process has forgotten: a client that looks for mail every quarter of an hour then costs two writes
 * a key each time, not three. Kept for less long than the store keeps an unused key, or its absence would look like this holder's death (rule 3).
 */
export class RestingEntries {
  readonly #keptFor: number;
  readonly #entries = new Map<SlotKey, RestingEntry>();

  /** @param keptFor ms since the entry was written */
  constructor(keptFor: number) {
    this.#keptFor = keptFor;
  }

  keep(key: SlotKey, resting: RestingEntry): void {
    const [oldest] = this.#entries.keys();
    if (this.#entries.size >= most && oldest !== undefined) this.#entries.delete(oldest);
    this.#entries.set(key, resting);
  }

  /** @returns it once */
  take(key: SlotKey, now: number): RestingEntry | undefined {
    const resting = this.#entries.get(key);
    this.#entries.delete(key);
    return resting !== undefined && now - resting.writtenAt < this.#keptFor ? resting : undefined;
  }

  clear(): void {
    this.#entries.clear();
  }
}
