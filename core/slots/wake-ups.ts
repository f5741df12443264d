import type { Clock } from '../values/clock.ts';

export interface Wakeable {
  wake(): void;
}

/** Wake-ups that fall this near together are one, ms. */
const grain = 50;

/** The one sleeper for all keys of a process: waiting lines, lingering slots, retries. There is no timer per session. */
export class WakeUps {
  readonly #clock: Clock;
  readonly #due = new Map<Wakeable, number>();
  readonly #closed = new AbortController();
  #sleepUntil = Number.POSITIVE_INFINITY;
  #rouse: AbortController | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Wakes `who` at or shortly after `time` (monotonic clock). Of several times the first counts; it may then ask for the next. */
  at(who: Wakeable, time: number): void {
    const known = this.#due.get(who);
    if (known !== undefined && known <= time) return;
    this.#due.set(who, time);
    if (this.#closed.signal.aborted || time >= this.#sleepUntil) return;
    if (this.#rouse === undefined) void this.#run();
    else this.#rouse.abort();
  }

  forget(who: Wakeable): void {
    this.#due.delete(who);
  }

  close(): void {
    this.#closed.abort();
    this.#due.clear();
    this.#rouse?.abort();
  }

  async #run(): Promise<void> {
    while (this.#due.size > 0 && !this.#closed.signal.aborted) {
      this.#rouse = new AbortController();
      const now = this.#clock.monotonic();
      this.#sleepUntil = Math.max(now + grain, first(this.#due.values()));
      await this.#clock.sleep(this.#sleepUntil - now, this.#rouse.signal);
      this.#wakeThoseDue();
    }
    this.#rouse = undefined;
    this.#sleepUntil = Number.POSITIVE_INFINITY;
  }

  #wakeThoseDue(): void {
    const now = this.#clock.monotonic();
    for (const [who, time] of [...this.#due]) {
      if (time > now) continue;
      this.#due.delete(who);
      who.wake();
    }
  }
}

function first(times: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY;
  for (const time of times) if (time < least) least = time;
  return least;
}
