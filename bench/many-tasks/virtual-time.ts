import type { Clock } from '../../core/values/clock.ts';

/** Virtual milliseconds for very many sleepers: they wake by the whole millisecond, all of one together, and one turn of the event loop serves them all. */
export class VirtualTime implements Clock {
  #now = 0;
  readonly #due = new Map<number, (() => void)[]>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      this.after(ms, resolve);
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  after(ms: number, then: () => void): void {
    const at = Math.max(this.#now + 1, Math.ceil(this.#now + ms));
    const others = this.#due.get(at);
    if (others === undefined) this.#due.set(at, [then]);
    else others.push(then);
  }

  /** @param each called at each millisecond, before those who wake in it */
  async run(ms: number, each: () => void = () => {}): Promise<void> {
    for (const end = this.#now + ms; this.#now < end; ) {
      this.#now += 1;
      each();
      for (const wake of this.#due.get(this.#now) ?? []) wake();
      this.#due.delete(this.#now);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
