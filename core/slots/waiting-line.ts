/** Who stands in line for a slot of one key. */
export interface Waiter<Answer> {
  /** By the monotonic clock; undefined: takes the first answer of the store, whatever it is. */
  readonly deadline: number | undefined;
  answer(answer: Answer): void;
}

/** First come, first served, within one process. Each waiter is answered exactly once, by whoever takes it out of the line. */
export class WaitingLine<Answer> {
  #waiters: Waiter<Answer>[] = [];

  get length(): number {
    return this.#waiters.length;
  }

  join(waiter: Waiter<Answer>): void {
    this.#waiters.push(waiter);
  }

  /** @returns whether it still stood in line */
  leave(waiter: Waiter<Answer>): boolean {
    const at = this.#waiters.indexOf(waiter);
    if (at >= 0) this.#waiters.splice(at, 1);
    return at >= 0;
  }

  next(): Waiter<Answer> | undefined {
    return this.#waiters.shift();
  }

  all(): readonly Waiter<Answer>[] {
    return this.#waiters.splice(0);
  }

  /** Takes out those who wait no longer after the store said "full". */
  impatient(now: number): readonly Waiter<Answer>[] {
    return this.#takeOut((waiter) => waiter.deadline === undefined || waiter.deadline <= now);
  }

  /** Takes out those whose time is over. */
  overdue(now: number): readonly Waiter<Answer>[] {
    return this.#takeOut((waiter) => waiter.deadline !== undefined && waiter.deadline <= now);
  }

  /** The first deadline of those in line. */
  due(): number | undefined {
    let first: number | undefined;
    for (const { deadline } of this.#waiters) if (deadline !== undefined && (first === undefined || deadline < first)) first = deadline;
    return first;
  }

  #takeOut(which: (waiter: Waiter<Answer>) => boolean): readonly Waiter<Answer>[] {
    const out = this.#waiters.filter(which);
    if (out.length > 0) this.#waiters = this.#waiters.filter((waiter) => !which(waiter));
    return out;
  }
}
