import type { Flag } from './flags.ts';
import type { Modseq } from './uid.ts';

/** As written: `*` is the last message; a range may be written either way round. */
export type SequenceRange = { readonly from: number | '*'; readonly to: number | '*' };

/** `$` stands for what the last SEARCH saved (RFC 9051 section 6.4.4.1). */
export type SequenceSet = readonly (SequenceRange | '$')[];

/** What SEARCH asks for (RFC 3501 section 6.4.4). */
export type SearchKey =
  | { readonly key: 'ALL' | 'NEW' | 'OLD' | 'RECENT' }
  | { readonly key: 'FLAG' | 'UNFLAG'; readonly flag: Flag } // ANSWERED, UNSEEN, KEYWORD x, UNKEYWORD x, …
  | { readonly key: 'BCC' | 'BODY' | 'CC' | 'FROM' | 'SUBJECT' | 'TEXT' | 'TO'; readonly text: string } // decoded by the charset, Unicode
  | { readonly key: 'HEADER'; readonly field: string; readonly text: string }
  /** By the internal date where it is not known when a message was saved (RFC 8514 section 4.3). */
  | { readonly key: 'SAVEDBEFORE' | 'SAVEDON' | 'SAVEDSINCE'; readonly day: string } // 'YYYY-MM-DD'
  | { readonly key: 'BEFORE' | 'ON' | 'SINCE' | 'SENTBEFORE' | 'SENTON' | 'SENTSINCE'; readonly day: string } // 'YYYY-MM-DD'
  | { readonly key: 'OLDER' | 'YOUNGER'; readonly seconds: number } // ago
  | { readonly key: 'UNTIL' | 'FROM-THEN'; readonly second: number } // what the two above become: since the epoch, inclusive
  | { readonly key: 'LARGER' | 'SMALLER'; readonly octets: number }
  | { readonly key: 'SET' | 'UID'; readonly set: SequenceSet }
  | { readonly key: 'MODSEQ'; readonly modseq: Modseq }
  | { readonly key: 'EMAILID'; readonly id: string }
  | { readonly key: 'NOT'; readonly of: SearchKey }
  | { readonly key: 'OR'; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly key: 'AND'; readonly of: readonly SearchKey[] };

/** A key that holds no others. */
export type SearchLeaf = Exclude<SearchKey, { key: 'NOT' | 'AND' | 'OR' }>;

/** @returns that a key of this name stands somewhere in the criteria */
export const hasKey = (criteria: SearchKey, name: SearchLeaf['key']): boolean => someLeaf(criteria, ({ key }) => key === name);

/** @returns that `$` stands somewhere in the criteria */
export const namesSaved = (criteria: SearchKey): boolean =>
  someLeaf(criteria, (leaf) => (leaf.key === 'SET' || leaf.key === 'UID') && leaf.set.includes('$'));

/** @returns that message numbers stand somewhere in the criteria: `$` is none, whatever it was found by */
export const asksByNumber = (criteria: SearchKey): boolean =>
  someLeaf(criteria, (leaf) => leaf.key === 'SET' && leaf.set.some((one) => one !== '$'));

function someLeaf(criteria: SearchKey, test: (leaf: SearchLeaf) => boolean): boolean {
  if (criteria.key === 'NOT') return someLeaf(criteria.of, test);
  return criteria.key === 'AND' || criteria.key === 'OR' ? criteria.of.some((one) => someLeaf(one, test)) : test(criteria);
}

/** @returns the same with other leaves */
export function mapLeaves(criteria: SearchKey, map: (leaf: SearchLeaf) => SearchKey): SearchKey {
  switch (criteria.key) {
    case 'NOT':
      return { key: 'NOT', of: mapLeaves(criteria.of, map) };
    case 'OR':
      return { key: 'OR', of: [mapLeaves(criteria.of[0], map), mapLeaves(criteria.of[1], map)] };
    case 'AND':
      return { key: 'AND', of: criteria.of.map((one) => mapLeaves(one, map)) };
    default:
      return map(criteria);
  }
}
