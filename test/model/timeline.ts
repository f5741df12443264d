/** Whose code an event runs: of one that is stopped nothing runs until it goes on, of one that is gone nothing ever. */
export interface Owner {
  readonly gone: boolean;
  readonly stopped: boolean;
  readonly backlog: Event[];
}

export interface Event {
  readonly at: number;
  readonly order: number;
  readonly owner: Owner | undefined;
  /** Of what was missed while stopped, either all timers run first or all replies. */
  readonly kind: 'timer' | 'io';
  readonly run: () => void;
}

/** True time, which no process knows, and what is to happen in it. One event runs at a time, and all that follows from it, before the next. */
export class Timeline {
  readonly #heap: Event[] = [];
  #now = 0;
  #order = 0;

  /** ms. */
  get now(): number {
    return this.#now;
  }

  after(ms: number, run: () => void, owner?: Owner, kind: Event['kind'] = 'io'): void {
    this.#order += 1;
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#order, owner, kind, run });
  }

  /** @param afterEach looks whether all is still well */
  async pass(ms: number, afterEach: () => void): Promise<void> {
    const end = this.#now + ms;
    await atRest();
    afterEach();
    for (let next = this.#heap[0]; next !== undefined && next.at <= end; next = this.#heap[0]) {
      this.#pop();
      this.#now = Math.max(this.#now, next.at);
      if (next.owner?.gone === true) continue;
      if (next.owner?.stopped === true) {
        next.owner.backlog.push(next);
        continue;
      }
      next.run();
      if (next.owner !== undefined) await atRest();
      afterEach();
    }
    this.#now = end;
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || isBefore(parent, event)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = event;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      const [left, right] = [heap[below], heap[below + 1]];
      if (left === undefined) break;
      const least = right !== undefined && isBefore(right, left) ? right : left;
      if (least === right) below += 1;
      if (isBefore(last, least)) break;
      heap[at] = least;
      at = below;
    }
    heap[at] = last;
  }
}

const isBefore = (one: Event, other: Event): boolean => one.at < other.at || (one.at === other.at && one.order < other.order);

/**
 * Everything that promises make run has run. Node takes up nextTick callbacks only when the queue of microtasks is empty, so one that is
 * asked for within a microtask comes after all of them; core knows no other way to do something later than the clock and the store.
 */
export const atRest = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));
