import type { Clock } from '../../core/values/clock.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  run(): void;
}

/** Time that passes as fast as the work in it is done: events run in the order of their time, each after what the one before set off has come to rest. */
export class SimulatedTime implements Clock {
  #now = 1_000_000;
  #order = 0;
  /** A binary heap, the earliest first. */
  readonly #events: Event[] = [];

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      this.after(ms, resolve);
    });
  }

  after(ms: number, run: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order++, run });
  }

  async run(ms: number): Promise<void> {
    const end = this.#now + ms;
    await atRest();
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
      await atRest();
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#events;
    heap.push(event);
    for (let i = heap.length - 1; i > 0; ) {
      const parent = (i - 1) >> 1;
      if (!isBefore(heap[i], heap[parent])) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #pop(): void {
    const heap = this.#events;
    this.#swap(0, heap.length - 1);
    heap.pop();
    for (let i = 0; ; ) {
      const [left, right] = [2 * i + 1, 2 * i + 2];
      const child = isBefore(heap[right], heap[left]) ? right : left;
      if (!isBefore(heap[child], heap[i])) return;
      this.#swap(i, child);
      i = child;
    }
  }

  #swap(a: number, b: number): void {
    const heap = this.#events;
    [heap[a], heap[b]] = [heap[b] as Event, heap[a] as Event];
  }
}

const isBefore = (a: Event | undefined, b: Event | undefined): boolean =>
  a !== undefined && (b === undefined || a.at < b.at || (a.at === b.at && a.order < b.order));

const atRest = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
