const pause = 1_000; // ms

/** How many slots of a key one process has taken without a pause: who asks for many is likely to ask for as many again. */
export class Burst {
  #last = Number.NEGATIVE_INFINITY;
  #taken = 0;

  taken(slots: number, now: number): void {
    this.#taken = this.size(now) + slots;
    this.#last = now;
  }

  /** @returns 0 after a pause */
  size(now: number): number {
    return now - this.#last < pause ? this.#taken : 0;
  }
}
