import type { Clock } from '../../core/values/clock.ts';

/** What a name server said, and for how many seconds it may be kept; undefined when that was not told. */
export interface Answer<T> {
  readonly records: readonly T[];
  readonly ttl?: number | undefined;
}

interface Kept {
  readonly records: Promise<readonly unknown[]>;
  /** ms of the monotonic clock; undefined while the question is out. */
  until: number | undefined;
}

const mostKept = 10_000;
const unknownTtl = 60_000; // ms
const emptyTtl = 30_000; // ms
const longestTtl = 3_600_000; // ms

/** Answers of name servers, kept for a while in this process; all who ask the same at once share one question. What fails is not kept. */
export class DnsAnswers {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  /** @param key type and name */
  ask<T>(key: string, question: () => Promise<Answer<T>>): Promise<readonly T[]> {
    const known = this.#kept.get(key);
    if (known !== undefined && (known.until === undefined || this.#clock.monotonic() < known.until)) {
      return known.records as Promise<readonly T[]>;
    }
    const answer = question();
    const kept: Kept = { records: answer.then(({ records }) => records), until: undefined };
    this.#keep(key, kept);
    answer.then(
      (given) => {
        kept.until = this.#clock.monotonic() + timeOf(given);
      },
      () => {
        if (this.#kept.get(key) === kept) this.#kept.delete(key);
      },
    );
    return kept.records as Promise<readonly T[]>;
  }

  /** The one asked longest ago gives way. */
  #keep(key: string, kept: Kept): void {
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest);
  }
}

function timeOf({ records, ttl }: Answer<unknown>): number {
  if (records.length === 0) return emptyTtl;
  return ttl === undefined ? unknownTtl : Math.min(ttl * 1000, longestTtl);
}
