import type { Clock } from '../../values/clock.ts';
import type { Refusal } from '../../values/refusal.ts';
import { isRefusal } from '../../values/result.ts';
import { broughtUpToDate, type SearchPorts, type SearchResult, type Sought, searchWhole } from './search-result.ts';

/** Where work is done: takes what that needs (a slot, a place), and gives it back once when the work is over, however it ends. */
export type Host = <T>(signal: AbortSignal, work: () => Promise<T>) => Promise<T | Refusal>;

/** How far a run has come. */
export interface RunProgress {
  /** It has what it needs, and works. */
  readonly begun: boolean;
  /** Messages decided, of how many. */
  readonly decided: { readonly done: number; readonly of: number } | undefined;
}

/** Nobody waits for the run any more, or the process ends. */
export class SearchStopped extends Error {
  override readonly name = 'SearchStopped';
}

/** A run that all who asked have left goes on for so long: the client that gave up is the one that comes back. ms */
export const patience = 90_000;

/** One search for all who ask for the same: while it waits for its slot, while it runs, and afterwards, as long as its result is kept. */
export class SharedRun implements RunProgress {
  readonly #sought: Sought;
  readonly #ports: SearchPorts;
  readonly #clock: Clock;
  readonly #stop = new AbortController();
  readonly #ended: Promise<SearchResult | Refusal>;
  #begun = false;
  #decided: RunProgress['decided'];
  /** The newest, once there is one. */
  #result: SearchResult | undefined;
  #isDead = false;
  #isWorking = true;
  #asking = 0;
  #isHeard = false;
  #comeBack: AbortController | undefined;
  #working: Promise<unknown>;
  /** A look at what came since, that has not begun yet. */
  #next: Promise<SearchResult | 'stale'> | undefined;

  constructor(sought: Sought, host: Host, ports: SearchPorts, clock: Clock) {
    this.#sought = sought;
    this.#ports = ports;
    this.#clock = clock;
    this.#ended = this.#run(host);
    this.#working = this.#ended.catch(() => {});
  }

  /** Its result, or why there is none. @throws what the search threw */
  get ended(): Promise<SearchResult | Refusal> {
    return this.#ended;
  }

  get begun(): boolean {
    return this.#begun;
  }

  get decided(): RunProgress['decided'] {
    return this.#decided;
  }

  /** Messages that its result holds. */
  get size(): number {
    return this.#result?.uids.length ?? 0;
  }

  /** Somebody waits for it, and will hear what went wrong. */
  get isHeard(): boolean {
    return this.#isHeard;
  }

  /** @param anew what has been found is too old: only a run that has not looked at the mailbox yet will do */
  isJoinable(anew: boolean): boolean {
    return !this.#isDead && !this.#stop.signal.aborted && !(anew && this.#begun);
  }

  /**
   * Waits for the answer. Who came before the mailbox was looked at gets what was found there; for others, what came since is judged too.
   * @returns 'stale' when that is too much
   * @throws what the search threw, or the signal's reason
   */
  async join(signal: AbortSignal): Promise<SearchResult | Refusal | 'stale'> {
    signal.throwIfAborted();
    const isEarly = !this.#begun;
    this.#asking += 1;
    this.#comeBack?.abort();
    try {
      return await orAborted(this.#answer(isEarly, signal), signal);
    } finally {
      this.#asking -= 1;
      if (this.#asking === 0) this.#left();
    }
  }

  stop(): void {
    this.#comeBack?.abort();
    this.#stop.abort(new SearchStopped('nobody waits for this search'));
  }

  /** Resolves when nothing of it is under way. */
  async atRest(): Promise<void> {
    await this.#working;
  }

  async #run(host: Host): Promise<SearchResult | Refusal> {
    try {
      const answer = await host(this.#stop.signal, () => this.#search());
      if (isRefusal(answer)) this.#isDead = true;
      else this.#result = answer;
      return answer;
    } catch (error) {
      this.#isDead = true;
      this.#isHeard = this.#asking > 0;
      throw error;
    } finally {
      this.#rests();
    }
  }

  #search(): Promise<SearchResult> {
    this.#begun = true;
    return searchWhole(this.#sought, this.#ports, {
      signal: this.#stop.signal,
      progress: (done, of) => {
        this.#decided = { done, of };
      },
    });
  }

  async #answer(isEarly: boolean, signal: AbortSignal): Promise<SearchResult | Refusal | 'stale'> {
    const answer = await this.#ended;
    signal.throwIfAborted();
    return isRefusal(answer) || isEarly ? answer : this.#upToDate();
  }

  /** One look serves all who came before it began. One that is under way may have looked before somebody came. */
  #upToDate(): Promise<SearchResult | 'stale'> {
    if (this.#next !== undefined) return this.#next;
    const next = this.#working.then(() => {
      this.#next = undefined;
      return this.#renew();
    });
    this.#next = next;
    this.#working = next.catch(() => {});
    return next;
  }

  async #renew(): Promise<SearchResult | 'stale'> {
    const known = this.#result;
    if (known === undefined) throw new Error('a search is brought up to date before it has ended');
    const { signal } = this.#stop;
    signal.throwIfAborted();
    this.#isWorking = true;
    try {
      const renewed = await broughtUpToDate(known, this.#sought, this.#ports, { signal });
      if (renewed !== 'stale') this.#result = renewed;
      return renewed;
    } finally {
      this.#rests();
    }
  }

  #rests(): void {
    this.#isWorking = false;
    this.#comeBack?.abort(); // what is done need not be stopped
  }

  /** What has not begun is not worth waiting for. */
  #left(): void {
    if (!this.#begun) this.stop();
    if (!this.#isWorking || !this.#begun) return;
    const comeBack = new AbortController();
    this.#comeBack = comeBack;
    void this.#clock.sleep(patience, comeBack.signal).then(() => {
      if (!comeBack.signal.aborted) this.stop();
    });
  }
}

function orAborted<T>(answer: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  return Promise.race([answer, aborted.promise]).finally(() => signal.removeEventListener('abort', abort));
}
