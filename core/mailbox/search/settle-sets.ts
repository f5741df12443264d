import { mergeRanges, type NumberSet } from '../../values/number-set.ts';
import type { SearchKey, SequenceSet } from '../../values/search-key.ts';

/** What `*` stands for: the last message of the view, even when it is gone meanwhile (RFC 9051 section 9, seq-number). */
export interface LastNumbers {
  readonly msn: number;
  readonly uid: number;
}

/** @returns the key with each of its sets as a NumberSet, in which a number is found at once: a client may send thousands of ranges */
export function settleSets(key: SearchKey, last: LastNumbers): SearchKey {
  switch (key.key) {
    case 'SET':
      return { key: 'SET', set: settled(key.set, last.msn) };
    case 'UID':
      return { key: 'UID', set: settled(key.set, last.uid) };
    case 'NOT':
      return { key: 'NOT', of: settleSets(key.of, last) };
    case 'OR':
      return { key: 'OR', of: [settleSets(key.of[0], last), settleSets(key.of[1], last)] };
    case 'AND':
      return { key: 'AND', of: key.of.map((one) => settleSets(one, last)) };
    default:
      return key;
  }
}

const settled = (set: SequenceSet, last: number): NumberSet =>
  mergeRanges(
    set.map(({ from, to }) => {
      const [a, b] = [from === '*' ? last : from, to === '*' ? last : to];
      return { from: Math.min(a, b), to: Math.max(a, b) };
    }),
  );

/** How many keys a message is judged by. */
export function countKeys(key: SearchKey): number {
  if (key.key === 'NOT') return 1 + countKeys(key.of);
  return key.key === 'AND' || key.key === 'OR' ? key.of.reduce((sum, one) => sum + countKeys(one), 1) : 1;
}
