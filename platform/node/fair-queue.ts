interface Waiting<T> {
  readonly job: T;
  /** Called instead of the job being taken when a fairer claim needs its place. */
  readonly dropped: () => void;
}

/** Ticks (one per event) of a lane's latest ask and of what it is ranked by: its ask or turn before that, 0 when there was none. */
interface Past {
  readonly rank: number;
  readonly latest: number;
}

const noPast: Past = { rank: 0, latest: 0 };

/** Lanes whose past is remembered. */
const mostRemembered = 10_000;

/**
 * A bounded queue that serves the lane that was quiet longest: one that never asked before comes first, one that asks all the time
 * last, so that a flood of one lane, or of many, costs a newcomer no more than the jobs that run. A lane holds no more than its share;
 * in a full queue, a lane takes the youngest place of one that has more waiting, or as much but was quiet for less long.
 */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Waiting<T>[]>(); // none is empty
  readonly #pasts = new Map<string, Past>(); // in the order of their latest tick
  readonly #capacity: number;
  readonly #share: number;
  #size = 0;
  #tick = 0;

  /** @param capacity jobs waiting in all. @param share jobs waiting in one lane */
  constructor(capacity: number, share: number) {
    this.#capacity = capacity;
    this.#share = share;
  }

  get size(): number {
    return this.#size;
  }

  /** @returns false when there is no place for it; `dropped` is then not called */
  add(lane: string, job: T, dropped: () => void): boolean {
    this.#remember(lane, (this.#pasts.get(lane) ?? noPast).latest);
    const length = this.#lanes.get(lane)?.length ?? 0;
    if (length >= this.#share) return false;
    if (this.#size >= this.#capacity && !this.#makeRoomFor(lane, length + 1)) return false;
    const waiting = this.#lanes.get(lane);
    if (waiting === undefined) this.#lanes.set(lane, [{ job, dropped }]);
    else waiting.push({ job, dropped });
    this.#size += 1;
    return true;
  }

  /** @returns the next lane's oldest job, or undefined when nothing waits */
  take(): T | undefined {
    const lane = this.#nextLane();
    if (lane === undefined) return undefined;
    const waiting = this.#lanes.get(lane);
    const first = waiting?.shift();
    if (waiting?.length === 0) this.#lanes.delete(lane);
    this.#size -= 1;
    this.#remember(lane, this.#tick + 1);
    return first?.job;
  }

  #nextLane(): string | undefined {
    let next: string | undefined;
    let lowest = Number.POSITIVE_INFINITY;
    for (const lane of this.#lanes.keys()) {
      const rank = this.#rankOf(lane);
      if (rank < lowest) [next, lowest] = [lane, rank];
    }
    return next;
  }

  #rankOf(lane: string): number {
    return this.#pasts.get(lane)?.rank ?? 0;
  }

  #remember(lane: string, rank: number): void {
    this.#pasts.delete(lane);
    this.#pasts.set(lane, { rank, latest: ++this.#tick });
    const [oldest] = this.#pasts.keys();
    if (this.#pasts.size > mostRemembered && oldest !== undefined) this.#pasts.delete(oldest);
  }

  /** Drops somebody only where that is fairer than to turn this one away. @param length what the newcomer's lane would have */
  #makeRoomFor(newcomer: string, length: number): boolean {
    let victim: string | undefined;
    let most = { length, rank: this.#rankOf(newcomer) };
    for (const [lane, waiting] of this.#lanes) {
      const rank = this.#rankOf(lane);
      if (waiting.length < most.length || (waiting.length === most.length && rank <= most.rank)) continue;
      [victim, most] = [lane, { length: waiting.length, rank }];
    }
    if (victim === undefined) return false;
    const waiting = this.#lanes.get(victim);
    waiting?.pop()?.dropped();
    if (waiting?.length === 0) this.#lanes.delete(victim);
    this.#size -= 1;
    return true;
  }
}
