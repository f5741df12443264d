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
  /** Characters. */
  size: number;
}

const mostKept = 10_000;
/** Characters of all answers: whoever sends us mail chooses names to ask for, and may publish 64 KB at each. */
const mostText = 16_777_216;
const unknownTtl = 60_000; // ms
const emptyTtl = 30_000; // ms
const longestTtl = 3_600_000; // ms

/** Answers of name servers, kept for a while in this process; all who ask the same at once share one question. What fails is not kept. */
export class DnsAnswers {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #kept = new Map<string, Kept>();
  #size = 0;

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
    const kept: Kept = { records: answer.then(({ records }) => records), until: undefined, size: key.length };
    this.#keep(key, kept);
    answer.then(
      (given) => {
        kept.until = this.#clock.monotonic() + timeOf(given);
        if (this.#kept.get(key) === kept) this.#grow(kept, given.records);
      },
      () => {
        if (this.#kept.get(key) === kept) this.#drop(key);
      },
    );
    return kept.records as Promise<readonly T[]>;
  }

  #keep(key: string, kept: Kept): void {
    this.#drop(key);
    this.#kept.set(key, kept);
    this.#size += kept.size;
    this.#bound();
  }

  #grow(kept: Kept, records: readonly unknown[]): void {
    const more = JSON.stringify(records).length;
    kept.size += more;
    this.#size += more;
    this.#bound();
  }

  /** The ones asked longest ago give way. */
  #bound(): void {
    for (const key of this.#kept.keys()) {
      if (this.#kept.size <= mostKept && this.#size <= mostText) return;
      this.#drop(key);
    }
  }

  #drop(key: string): void {
    this.#size -= this.#kept.get(key)?.size ?? 0;
    this.#kept.delete(key);
  }
}

function timeOf({ records, ttl }: Answer<unknown>): number {
  if (records.length === 0) return emptyTtl;
  return ttl === undefined ? unknownTtl : Math.min(ttl * 1000, longestTtl);
}
