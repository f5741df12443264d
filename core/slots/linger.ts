import type { Spare, SpareView } from './spare.ts';
import type { SlotTimings } from './timings.ts';

/** Under this limit a lingering slot is missed by whoever is refused meanwhile. */
const leastLimit = 8;
const part = 8;
/** Of an unlimited key. */
const most = 16;

/** @returns how many released slots of an address or account may linger in one process */
export const lingerSize = (limit: number): number => (limit === 0 ? most : limit < leastLimit ? 0 : Math.floor(limit / part));

/**
 * Released slots of an address or account wait for the next session of the same key, so that a reconnect storm costs no writes.
 * When the first has waited longest enough, all that waited the least time go back with it in one write.
 * None lingers while the key is so near its limit that a client on another process would be refused for it.
 */
export class Linger implements Spare {
  readonly #timings: SlotTimings;
  /** When each was released, oldest first. */
  #since: number[] = [];

  constructor(timings: SlotTimings) {
    this.#timings = timings;
  }

  keep(view: SpareView): number {
    const size = lingerSize(view.limit);
    if (view.limit !== 0 && view.n > view.limit - size) return 0;
    this.#expire(view.now);
    return Math.min(this.#since.length, size);
  }

  leave(view: SpareView): number {
    const kept = this.keep(view);
    this.#since = this.#since.slice(this.#since.length - kept);
    return kept;
  }

  extra(): number {
    return 0;
  }

  freed(now: number): void {
    this.#since.push(now);
  }

  used(): void {
    this.#since.shift();
  }

  due(): number | undefined {
    const oldest = this.#since[0];
    return oldest === undefined ? undefined : oldest + this.#timings.lingerMost;
  }

  #expire(now: number): void {
    const oldest = this.#since[0];
    if (oldest === undefined || now - oldest < this.#timings.lingerMost) return;
    this.#since = this.#since.filter((since) => now - since < this.#timings.lingerLeast);
  }
}
