import type { Flag } from './flags.ts';
import type { Modseq } from './uid.ts';

/** As written: `*` is the last message; a range may be written either way round. */
export type SequenceSet = readonly { readonly from: number | '*'; readonly to: number | '*' }[];

/** What SEARCH asks for (RFC 3501 section 6.4.4). */
export type SearchKey =
  | { readonly key: 'ALL' | 'NEW' | 'OLD' | 'RECENT' }
  | { readonly key: 'FLAG' | 'UNFLAG'; readonly flag: Flag } // ANSWERED, UNSEEN, KEYWORD x, UNKEYWORD x, …
  | { readonly key: 'BCC' | 'BODY' | 'CC' | 'FROM' | 'SUBJECT' | 'TEXT' | 'TO'; readonly text: string } // decoded by the charset, Unicode
  | { readonly key: 'HEADER'; readonly field: string; readonly text: string }
  | { readonly key: 'BEFORE' | 'ON' | 'SINCE' | 'SENTBEFORE' | 'SENTON' | 'SENTSINCE'; readonly day: string } // 'YYYY-MM-DD'
  | { readonly key: 'LARGER' | 'SMALLER'; readonly octets: number }
  | { readonly key: 'SET' | 'UID'; readonly set: SequenceSet }
  | { readonly key: 'MODSEQ'; readonly modseq: Modseq }
  | { readonly key: 'NOT'; readonly of: SearchKey }
  | { readonly key: 'OR'; readonly of: readonly [SearchKey, SearchKey] }
  | { readonly key: 'AND'; readonly of: readonly SearchKey[] };

/** @returns that a key of this name stands somewhere in the criteria */
export function hasKey(criteria: SearchKey, name: SearchKey['key']): boolean {
  if (criteria.key === name) return true;
  if (criteria.key === 'NOT') return hasKey(criteria.of, name);
  return (criteria.key === 'AND' || criteria.key === 'OR') && criteria.of.some((one) => hasKey(one, name));
}
