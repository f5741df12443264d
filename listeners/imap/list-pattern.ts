import { setImmediate as nextTurn } from 'node:timers/promises';

/** Octets held against patterns before others get their turn: some milliseconds. */
const turnAfter = 100_000;

const bits = 32;

/**
 * A pattern of LIST: `*` is anything, `%` anything without `/` (RFC 3501 section 6.3.8). Held against a name octet by octet, with a bit for
 * each place of the pattern that the name may stand at: time is that of the name, for 32 places of the pattern at a time, whatever its
 * wildcards are.
 */
class ListPattern {
  /** Words of the set of places. */
  readonly words: number;
  readonly #length: number;
  /** Places that this character leads to, by its code. */
  readonly #steps = new Map<number, Uint32Array>();
  /** Places that anything, or anything but `/`, leaves where they are. */
  readonly #anything: Uint32Array;
  readonly #level: Uint32Array;

  constructor(pattern: string) {
    const literals = pattern.replace(/[*%]/g, '');
    this.#length = literals.length;
    this.words = Math.floor(literals.length / bits) + 1;
    this.#anything = new Uint32Array(this.words);
    this.#level = new Uint32Array(this.words);
    let place = 0;
    for (let i = 0; i < pattern.length; i++) {
      const char = pattern.charAt(i);
      if (char === '*') add(this.#anything, place);
      else if (char === '%') add(this.#level, place);
      else this.#stepOf(pattern.charCodeAt(i), ++place);
    }
  }

  matches(name: string): boolean {
    let at = new Uint32Array(this.words);
    let next = new Uint32Array(this.words);
    add(at, 0);
    for (let i = 0; i < name.length; i++) {
      const step = this.#steps.get(name.charCodeAt(i));
      const level = name.charAt(i) === '/' ? 0 : 0xffff_ffff;
      let carry = 0;
      let any = 0;
      for (let word = 0; word < this.words; word++) {
        const here = at[word] ?? 0;
        const moved = ((here << 1) | carry) & (step?.[word] ?? 0);
        const kept = here & ((this.#anything[word] ?? 0) | ((this.#level[word] ?? 0) & level));
        carry = here >>> (bits - 1);
        next[word] = moved | kept;
        any |= moved | kept;
      }
      if (any === 0) return false;
      [at, next] = [next, at];
    }
    return ((at[Math.floor(this.#length / bits)] ?? 0) & (1 << (this.#length % bits))) !== 0;
  }

  #stepOf(code: number, place: number): void {
    const step = this.#steps.get(code) ?? new Uint32Array(this.words);
    add(step, place);
    this.#steps.set(code, step);
  }
}

function add(set: Uint32Array, place: number): void {
  const word = Math.floor(place / bits);
  set[word] = (set[word] ?? 0) | (1 << (place % bits));
}

/** Names are kept in NFC, with INBOX in capitals: patterns mean the same names. */
const prepared = (pattern: string): ListPattern => new ListPattern(pattern.normalize('NFC').replace(/^inbox(?=$|[/*%])/i, 'INBOX'));

/** @returns false when only one's own names can match: those of others, and public ones, begin with `#` */
export const mayNameOthers = (patterns: readonly string[]): boolean => patterns.some((pattern) => /^[#*%]/.test(pattern));

/** @returns tells whether a mailbox name matches */
export function listPattern(pattern: string): (name: string) => boolean {
  const one = prepared(pattern);
  return (name) => one.matches(name);
}

/** Those names that match one of the patterns. Gives up its turn as it goes: there may be ten thousand long ones. */
export async function matchingNames(names: Iterable<string>, patterns: readonly string[]): Promise<ReadonlySet<string>> {
  const all = patterns.map(prepared);
  const cost = all.reduce((sum, { words }) => sum + words, 0);
  const found = new Set<string>();
  let held = 0;
  for (const name of names) {
    if (all.some((one) => one.matches(name))) found.add(name);
    held += name.length * cost;
    if (held < turnAfter) continue;
    held = 0;
    await nextTurn();
  }
  return found;
}
