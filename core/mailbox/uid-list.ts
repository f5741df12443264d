const empty = new Uint32Array(0);

/**
 * The UIDs one client knows, ascending; a message's position is its MSN − 1. Four octets a message, because ten thousand idle
 * sessions each keep one.
 */
export class UidList {
  #uids: Uint32Array;
  #length: number;
  /** MSN of the message that was last asked for: the place of the next one. */
  #last = 0;

  /** @param uids ascending. They are the list's from now on */
  constructor(uids: Uint32Array = empty) {
    this.#uids = uids;
    this.#length = uids.length;
  }

  get length(): number {
    return this.#length;
  }

  /** @param msn 1 to `length`; 0 outside */
  at(msn: number): number {
    return msn >= 1 && msn <= this.#length ? (this.#uids[msn - 1] ?? 0) : 0;
  }

  /** @returns how many UIDs are lower than `uid` */
  countBelow(uid: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** @returns the MSN, or 0 when the UID is not in the list */
  msnOf(uid: number): number {
    // Mostly asked of one message after the other.
    const msn = this.#uids[this.#last] === uid && this.#last < this.#length ? this.#last + 1 : this.countBelow(uid) + 1;
    if (this.at(msn) !== uid || uid === 0) return 0;
    this.#last = msn;
    return msn;
  }

  /** @param uids ascending, all above the last one */
  append(uids: readonly number[]): void {
    const length = this.#length + uids.length;
    if (length > this.#uids.length) {
      const wider = new Uint32Array(this.#length === 0 ? length : length + (length >> 3) + 4);
      wider.set(this.#uids.subarray(0, this.#length));
      this.#uids = wider;
    }
    this.#uids.set(uids, this.#length);
    this.#length = length;
  }

  /** @param uids ascending, all in the list. @returns the MSN that each had when those before it were gone: what EXPUNGE reports */
  remove(uids: readonly number[]): number[] {
    if (uids.length === 0) return [];
    const places = uids.map((uid) => this.countBelow(uid));
    // What stands between two that go is moved at once.
    for (const [i, place] of places.entries()) this.#uids.copyWithin(place - i, place + 1, places[i + 1] ?? this.#length);
    const kept = this.#length - uids.length;
    this.#length = kept;
    if (this.#uids.length > 64 && kept < this.#uids.length >> 1) this.#uids = this.#uids.slice(0, kept);
    return places.map((place, i) => place - i + 1);
  }
}
