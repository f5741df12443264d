import { deleted, type Flag, seen } from '../../../core/values/flags.ts';
import type { SearchKey } from '../../../core/values/search-key.ts';
import { maxUid } from '../../../core/values/uid.ts';
import type { Agreed } from './agreed.ts';
import type { Verb } from './command.ts';
import { searchDay } from './parse-date.ts';
import { searchReturns } from './parse-search-returns.ts';
import { keyword, modseq, sequenceSet, utf8Text } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** NOT, OR and parentheses inside each other; each costs a frame here and in every walk over the key. */
const maxDepth = 100;
/** Keys of one search: each message is held against all of them. */
const maxKeys = 1_000;

type Search = { readonly scanner: Scanner; readonly text: (octets: string) => string; readonly rev2: boolean; keys: number };
type Read = (search: Search, depth: number) => SearchKey;

/** SEARCH and UID SEARCH behind the verb (RFC 3501 section 6.4.4). */
export function parseSearch(scanner: Scanner, uid: boolean, agreed: Agreed): Verb {
  scanner.space('search criteria');
  const returns = scanner.skip('RETURN ') ? searchReturns(scanner) : undefined;
  if (returns !== undefined) scanner.space('search criteria');
  const charset = scanner.skip('CHARSET ') ? scanner.astring('a charset').toUpperCase() : undefined;
  // RFC 6855 section 3: everything is UTF-8 now.
  if (charset !== undefined && agreed.utf8) bad('No CHARSET after ENABLE UTF8=ACCEPT');
  if (charset !== undefined) scanner.space('search criteria');
  const criteria = searchKeys(scanner, charset, agreed);
  return { verb: 'SEARCH', uid, ...(returns && { returns }), ...(charset !== undefined && { charset }), criteria };
}

/** Whether texts in it are understood; one that asks in another is to be told so (RFC 9051 section 6.4.4), by whoever knows what else that means. */
export const isSearchCharset = (charset: string | undefined): boolean =>
  charset === undefined || charset === 'US-ASCII' || charset === 'UTF-8';

/** Up to the command's end. @param charset upper case; texts in one that is not understood stay octets */
export const searchKeys = (scanner: Scanner, charset: string | undefined, { rev2 }: Agreed): SearchKey =>
  keys({ scanner, text: decoder(charset), rev2, keys: 0 }, 0, () => scanner.atEnd);

/** Without CHARSET, UTF-8 is taken as RFC 9051 does: ASCII is part of it, and clients do send it. */
const decoder = (charset: string | undefined) => (octets: string) => {
  if (!isSearchCharset(charset)) return octets;
  const ascii = charset !== 'US-ASCII' || !/[\x80-\xff]/.test(octets);
  return ascii ? utf8Text(octets, 'search text') : bad('The search text is not US-ASCII');
};

function keys(search: Search, depth: number, ended: () => boolean): SearchKey {
  const first = key(search, depth);
  const all = [first];
  while (!ended()) {
    search.scanner.space('a search key');
    all.push(key(search, depth));
  }
  return all.length === 1 ? first : { key: 'AND', of: all };
}

function key(search: Search, depth: number): SearchKey {
  const { scanner } = search;
  if (depth > maxDepth) bad(`Search keys may be nested ${maxDepth} deep`);
  if (++search.keys > maxKeys) bad(`A search may have ${maxKeys} keys`);
  if (scanner.skip('(')) return keys(search, depth + 1, () => scanner.skip(')'));
  if (/[\d*$]/.test(scanner.next)) return { key: 'SET', set: sequenceSet(scanner) };
  const name = scanner.need('letters', 'a search key').toUpperCase();
  const read = readers.get(name);
  return read === undefined ? bad(`Unknown search key ${name.slice(0, 40)}`) : read(search, depth + 1);
}

const flagKey = (key: 'FLAG' | 'UNFLAG', flag: string): Read => {
  const answer: SearchKey = { key, flag: flag as Flag };
  return () => answer;
};
/** IMAP4rev2 knows no \Recent, and none of the keys that ask for it (RFC 9051 appendix E). */
const plainKey =
  (key: 'ALL' | 'NEW' | 'OLD' | 'RECENT'): Read =>
  ({ rev2 }) =>
    rev2 && key !== 'ALL' ? bad(`IMAP4rev2 has no search key ${key}`) : { key };
const keywordKey =
  (key: 'FLAG' | 'UNFLAG'): Read =>
  ({ scanner }) => {
    scanner.space('a keyword');
    return { key, flag: keyword(scanner) };
  };
const textKey =
  (key: 'BCC' | 'BODY' | 'CC' | 'FROM' | 'SUBJECT' | 'TEXT' | 'TO'): Read =>
  ({ scanner, text }) => {
    scanner.space('a text to search for');
    return { key, text: text(scanner.astring('a text to search for')) };
  };
const dayKeys = ['BEFORE', 'ON', 'SINCE', 'SENTBEFORE', 'SENTON', 'SENTSINCE', 'SAVEDBEFORE', 'SAVEDON', 'SAVEDSINCE'] as const;
const dayKey =
  (key: (typeof dayKeys)[number]): Read =>
  ({ scanner }) => {
    scanner.space('a date');
    return { key, day: searchDay(scanner) };
  };
const sizeKey =
  (key: 'LARGER' | 'SMALLER'): Read =>
  ({ scanner }) => {
    scanner.space('a number of octets');
    return { key, octets: scanner.number('a number of octets', 0, Number.MAX_SAFE_INTEGER) };
  };

const withinKey =
  (key: 'OLDER' | 'YOUNGER'): Read =>
  ({ scanner }) => {
    scanner.space('a number of seconds');
    return { key, seconds: scanner.number('a number of seconds from 1', 1, 0xffff_ffff) };
  };

const headerKey: Read = ({ scanner, text }) => {
  scanner.space('a header field name');
  const field = scanner.astring('a header field name');
  scanner.space('a text to search for');
  return { key: 'HEADER', field, text: text(scanner.astring('a text to search for')) };
};

/** RFC 7162 section 3.1.5. All flags of a message share one MODSEQ here, so the entry that may be named makes no difference. */
const modseqKey: Read = ({ scanner }) => {
  scanner.space('a modification sequence number');
  if (scanner.next === '"') {
    if (!/^\/flags\/./i.test(scanner.string('an entry name'))) bad('Expected an entry name such as "/flags/\\\\Seen"');
    scanner.space('an entry type');
    if (!['all', 'priv', 'shared'].includes(scanner.need('letters', 'an entry type').toLowerCase())) scanner.fail('all, priv or shared');
    scanner.space('a modification sequence number');
  }
  return { key: 'MODSEQ', modseq: modseq(scanner) };
};

/** RFC 8474 section 6. Messages are in no threads here, so none has the THREADID that is asked for. */
const objectKey =
  (key: 'EMAILID' | 'THREADID'): Read =>
  ({ scanner }) => {
    scanner.space('an object id');
    const id = scanner.need('objectId', 'an object id of letters, digits, "_" and "-"');
    if (id.length > 255) bad('An object id may have 255 octets');
    return key === 'EMAILID' ? { key, id } : { key: 'NOT', of: { key: 'ALL' } };
  };

const notKey: Read = (search, depth) => {
  search.scanner.space('a search key');
  return { key: 'NOT', of: key(search, depth) };
};

const orKey: Read = (search, depth) => {
  search.scanner.space('a search key');
  const left = key(search, depth);
  search.scanner.space('a second search key');
  return { key: 'OR', of: [left, key(search, depth)] };
};

const uidKey: Read = ({ scanner }) => {
  scanner.space('a sequence set');
  return { key: 'UID', set: sequenceSet(scanner) };
};

/** RFC 9738 section 3.2. */
const uidBeyondKey =
  (key: 'UIDAFTER' | 'UIDBEFORE'): Read =>
  ({ scanner }) => {
    scanner.space('a UID');
    const uid = scanner.number('a UID from 1 to 4294967295', 1, maxUid);
    const [from, to] = key === 'UIDAFTER' ? [uid + 1, maxUid] : [1, uid - 1];
    return from > to ? { key: 'NOT', of: { key: 'ALL' } } : { key: 'UID', set: [{ from, to }] };
  };

const readers: ReadonlyMap<string, Read> = new Map<string, Read>([
  ...(['ALL', 'NEW', 'OLD', 'RECENT'] as const).map((name) => [name, plainKey(name)] as const),
  ...(['BCC', 'BODY', 'CC', 'FROM', 'SUBJECT', 'TEXT', 'TO'] as const).map((name) => [name, textKey(name)] as const),
  ...dayKeys.map((name) => [name, dayKey(name)] as const),
  ['SAVEDATESUPPORTED', () => ({ key: 'ALL' })], // all mailboxes keep it (RFC 8514 section 4.3)
  ...(['OLDER', 'YOUNGER'] as const).map((name) => [name, withinKey(name)] as const),
  ...(['LARGER', 'SMALLER'] as const).map((name) => [name, sizeKey(name)] as const),
  ...[seen, deleted, '\\Answered', '\\Flagged', '\\Draft'].flatMap((flag) => {
    const name = flag.slice(1).toUpperCase();
    return [[name, flagKey('FLAG', flag)] as const, [`UN${name}`, flagKey('UNFLAG', flag)] as const];
  }),
  ['KEYWORD', keywordKey('FLAG')],
  ['UNKEYWORD', keywordKey('UNFLAG')],
  ...(['EMAILID', 'THREADID'] as const).map((name) => [name, objectKey(name)] as const),
  ['HEADER', headerKey],
  ['MODSEQ', modseqKey],
  ['NOT', notKey],
  ['OR', orKey],
  ['UID', uidKey],
  ...(['UIDAFTER', 'UIDBEFORE'] as const).map((name) => [name, uidBeyondKey(name)] as const),
]);

function bad(text: string): never {
  throw new SyntaxFault(text);
}
