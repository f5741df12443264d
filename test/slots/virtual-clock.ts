import type { Clock } from '../../core/values/clock.ts';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** A clock that only a test moves. Whoever sleeps on it wakes in the order of time, and what it then does comes to rest before the next wakes. */
export class VirtualClock implements Clock {
  #now = 1_000_000;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        resolve();
      };
      const sleeper = { until: this.#now + ms, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake, { once: true });
    });
  }

  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await atRest();
    for (;;) {
      const next = this.#firstUntil(end);
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.until);
      next.wake();
      await atRest();
    }
    this.#now = end;
  }

  /** Time passes until this has come: for what needs turns of the real event loop besides. */
  async advanceUntil<T>(awaited: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => {
      isOver = true;
    };
    awaited.then(over, over);
    while (!isOver) await this.advance(10);
    return await awaited;
  }

  /** Time passes and nobody runs, as when every process of the test is stopped. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #firstUntil(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) if (sleeper.until <= end && (first === undefined || sleeper.until < first.until)) first = sleeper;
    return first;
  }
}

/** Lets everything that can run without the clock run. */
export const atRest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
