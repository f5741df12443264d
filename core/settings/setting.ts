/** Facts of the place a process runs at that a default may depend on. */
export interface Place {
  readonly world: 'embedded' | 'aws';
  /** Every listener is bound to a loopback address. */
  readonly loopbackOnly: boolean;
  readonly hostname: string;
  /** Octets of memory that this process may use in all. */
  readonly memory: number;
}

/** One declared setting. Runtime, SSM parameters, `mailweir settings` and docs/settings.md all read this one declaration. */
export interface Setting<T> {
  readonly name: string;
  readonly type:
    | 'switch'
    | 'whole'
    | 'limit'
    | 'duration'
    | 'durations'
    | 'bytes'
    | 'text'
    | 'choice'
    | 'endpoint'
    | 'percent'
    | 'networks';
  readonly default: T | ((place: Place) => T);
  /** The default in words, where it depends on the machine. */
  readonly defaultInWords?: string;
  /** As docs and error texts show it: `0–10000`, `on or off`, `10s–24h`. */
  readonly allowed: string;
  readonly from: string;
  readonly doc: string;
  /** Takes effect only at the next start (ports). */
  readonly fixed?: boolean;
  /** @returns the value, or why not, in words that complete "imap/port …" */
  parse(text: string): { readonly value: T } | { readonly fault: string };
  format(value: T): string;
}

/** `enforce` refuses above the limit; `observe` refuses nobody, and counts and reports who would have been refused. */
export type LimitMode = 'enforce' | 'observe';

/** How many of something there may be at once. 0 means unlimited wherever the range begins at 0. */
export interface Limit extends Setting<number> {
  /** `<name>/mode`, a setting of its own. */
  readonly mode: Setting<LimitMode>;
}
