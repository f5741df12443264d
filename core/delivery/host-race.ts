import type { Clock } from '../values/clock.ts';
import type { Attempted } from './host-attempt.ts';

/** RFC 8305 section 5: how long an address may be the only one that is tried, ms. */
const headStart = 250;

type Connected = Extract<Attempted, { kind: 'connected' }>;

/** One address that is being tried. */
interface Run<T> {
  readonly candidate: T;
  readonly stop: AbortController;
  readonly ended: Promise<Ended<T>>;
}

type Ended<T> = { readonly run: Run<T> } & ({ readonly attempted: Attempted } | { readonly error: unknown });

export interface RaceRules<T> {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** @param opened to be called when the TCP connection stands */
  attempt(candidate: T, signal: AbortSignal, opened: () => void): Promise<Attempted>;
  /** What came of an address that will not be the one. */
  told(attempted: Exclude<Attempted, Connected | { kind: 'given-up' }>): void;
}

/**
 * Tries the addresses of one host in their order, in the spirit of RFC 8305: one that does not answer at once, as IPv6 where it leads nowhere,
 * costs a moment and not its whole timeout. The first whose TCP connection stands goes on alone; the others are broken off before a word is
 * said, and have their turn again if that one fails after all.
 */
export class HostRace<T> {
  readonly #rules: RaceRules<T>;
  readonly #order: readonly T[];
  #waiting: readonly T[];
  #running: Run<T>[] = [];
  #ahead: Run<T> | undefined;

  constructor(candidates: readonly T[], rules: RaceRules<T>) {
    this.#order = candidates;
    this.#waiting = candidates;
    this.#rules = rules;
  }

  /** @returns undefined when none of them could be connected to. @throws when `signal` aborted */
  async run(): Promise<Connected | undefined> {
    try {
      for (;;) {
        if (this.#mayBegin()) this.#begin();
        if (this.#running.length === 0) return undefined;
        const ended = await this.#next();
        if (ended === undefined) continue;
        const connected = this.#ended(ended);
        if (this.#rules.signal.aborted) await connected?.close();
        this.#rules.signal.throwIfAborted();
        if (connected !== undefined) return connected;
      }
    } finally {
      await this.#breakOff();
    }
  }

  /** The first, and whoever comes next when one failed or took too long. */
  #mayBegin(): boolean {
    return this.#ahead === undefined && this.#waiting.length > 0;
  }

  #begin(): void {
    const [candidate, ...others] = this.#waiting;
    if (candidate === undefined) return;
    this.#waiting = others;
    const stop = new AbortController();
    const signal = AbortSignal.any([this.#rules.signal, stop.signal]);
    const attempt = this.#rules.attempt(candidate, signal, () => this.#opened(run));
    const run: Run<T> = {
      candidate,
      stop,
      ended: attempt.then(
        (attempted) => ({ run, attempted }),
        (error: unknown) => ({ run, error }),
      ),
    };
    this.#running.push(run);
  }

  /** Whoever comes second in the same moment finds itself broken off. */
  #opened(run: Run<T>): void {
    if (this.#ahead !== undefined || run.stop.signal.aborted) return;
    this.#ahead = run;
    for (const other of this.#running) if (other !== run) other.stop.abort();
  }

  /** @returns undefined when the next address is to be tried beside those that did not answer yet */
  async #next(): Promise<Ended<T> | undefined> {
    const ends = this.#running.map(({ ended }) => ended);
    if (!this.#mayBegin()) return await Promise.race(ends);
    const waited = new AbortController();
    const patience = this.#rules.clock.sleep(headStart, waited.signal).then(() => undefined);
    try {
      return await Promise.race([...ends, patience]);
    } finally {
      waited.abort();
    }
  }

  #ended(ended: Ended<T>): Connected | undefined {
    const { run } = ended;
    this.#running = this.#running.filter((one) => one !== run);
    if (this.#ahead === run) this.#ahead = undefined;
    if ('error' in ended) throw ended.error;
    const { attempted } = ended;
    if (attempted.kind === 'connected') return attempted;
    if (attempted.kind === 'given-up') this.#waiting = this.#order.filter((one) => one === run.candidate || this.#waiting.includes(one));
    else this.#rules.told(attempted);
    return undefined;
  }

  /** One that stood at the same moment as another, for a transport that does not tell, is closed too. */
  async #breakOff(): Promise<void> {
    for (const { stop } of this.#running) stop.abort();
    for (const { ended } of this.#running) {
      const late = await ended;
      if ('attempted' in late && late.attempted.kind === 'connected') await late.attempted.close();
    }
  }
}
