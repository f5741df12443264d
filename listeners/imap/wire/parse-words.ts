import { type Flag, maxKeywordLength, parseFlag } from '../../../core/values/flags.ts';
import type { PartialRange } from '../../../core/values/partial-range.ts';
import type { SequenceSet } from '../../../core/values/search-key.ts';
import { type Modseq, maxUid } from '../../../core/values/uid.ts';
import { type Agreed, namesAreUtf8 } from './agreed.ts';
import type { StatusItem } from './command.ts';
import { canonicalMailbox, decodeModifiedUtf7, decodeUtf8 } from './mailbox-name.ts';
import { type Scanner, type Shape, SyntaxFault } from './scanner.ts';

/** Longer names are refused before anything is made of them; octets. */
const maxMailboxName = 1_000;
const maxModseq = 2n ** 63n - 1n;

/** @returns the name in Unicode, INBOX in capitals */
export const mailboxName = (scanner: Scanner, agreed: Agreed): string => {
  const decoded = decodeName(scanner.astring('a mailbox name'), agreed);
  // By the grammar it is a name all the same, so that this is no syntax error.
  if (decoded === undefined)
    throw new SyntaxFault(`The mailbox name is not valid ${namesAreUtf8(agreed) ? 'UTF-8' : 'modified UTF-7'}`, 'NO', 'CANNOT');
  const name = canonicalMailbox(decoded);
  if (name === '') throw new SyntaxFault('A mailbox name must not be empty');
  return name;
};

/** Control characters are in no name. */
const matchesNothing = '\0';

/**
 * Reference and pattern of LIST: as a mailbox name, but `%` and `*` need no quotes and the empty string is allowed. Of what can be no
 * name there is none, which is an answer and not a fault (`&` alone, as people write it).
 */
export const mailboxPattern = (scanner: Scanner, agreed: Agreed, bare: Shape): string =>
  decodeName(scanner.astring('a mailbox name or pattern', bare), agreed) ?? matchesNothing;

function decodeName(octets: string, agreed: Agreed): string | undefined {
  if (octets.length > maxMailboxName) throw new SyntaxFault(`A mailbox name may have ${maxMailboxName} octets`);
  const name = namesAreUtf8(agreed) ? decodeUtf8(octets) : decodeModifiedUtf7(octets);
  if (name !== undefined && /\p{Cc}|\u2028|\u2029/u.test(name)) throw new SyntaxFault('A mailbox name must not contain control characters');
  return name;
}

const status: readonly StatusItem[] = [
  'MESSAGES',
  'RECENT',
  'UIDNEXT',
  'UIDVALIDITY',
  'UNSEEN',
  'DELETED',
  'DELETED-STORAGE',
  'SIZE',
  'HIGHESTMODSEQ',
  'MAILBOXID',
  'APPENDLIMIT',
];

/** Each once. IMAP4rev2 knows no RECENT (RFC 9051 appendix E). */
export function statusItems(scanner: Scanner, { rev2 }: Agreed): readonly StatusItem[] {
  const known = rev2 ? status.filter((item) => item !== 'RECENT') : status;
  const items = scanner.list('status items', () => {
    const name = scanner.need('atom', 'a status item').toUpperCase();
    return known.find((item) => item === name) ?? scanner.fail(`one of ${known.join(', ')} before here`);
  });
  return [...new Set(items)];
}

/** User names, passwords and texts: ASCII is UTF-8 already. */
export function utf8Text(octets: string, what: string): string {
  const text = decodeUtf8(octets);
  if (text === undefined) throw new SyntaxFault(`The ${what} is not valid UTF-8`);
  return text;
}

export const sequenceSet = (scanner: Scanner): SequenceSet => {
  const expected = 'a sequence set';
  const text = scanner.need('sequence', expected);
  // `$` may stand for thousands of ranges: twice it says no more than once.
  const ranges = text.split(',');
  const saved = ranges.indexOf('$');
  const each = ranges.filter((range, i) => range !== '$' || i === saved);
  return each.map((range) => {
    if (range === '$') return range;
    const found = /^(\d+|\*)(?::(\d+|\*))?$/.exec(range) ?? scanner.fail(expected);
    const from = sequenceNumber(found[1] ?? '', scanner);
    return { from, to: found[2] === undefined ? from : sequenceNumber(found[2], scanner) };
  });
};

function sequenceNumber(text: string, scanner: Scanner): number | '*' {
  if (text === '*') return '*';
  const n = Number(text);
  return n >= 1 && n <= maxUid && text[0] !== '0' ? n : scanner.fail('a sequence set of numbers from 1 to 4294967295');
}

/** `1:500`, or `-1:-100` from the end (RFC 9394 section 4). */
export function partialRange(scanner: Scanner): PartialRange {
  const expected = 'a range such as 1:100 or -1:-100';
  const sign = scanner.skip('-') ? -1 : 1;
  const from = scanner.number(expected, 1, maxUid);
  scanner.expect(':', expected);
  if (sign < 0) scanner.expect('-', expected);
  return { from: sign * from, to: sign * scanner.number(expected, 1, maxUid) };
}

export const modseq = (scanner: Scanner): Modseq => {
  const expected = 'a modification sequence number';
  const digits = scanner.need('digits', expected);
  // 19 digits hold 2^63-1; a longer BigInt would cost time that grows faster than its length.
  const value = digits.length <= 19 ? BigInt(digits) : scanner.fail(expected);
  return value <= maxModseq ? (value as Modseq) : scanner.fail(expected);
};

/** `(\Seen $Junk)`; the empty list too. */
export const flagList = (scanner: Scanner): readonly Flag[] => {
  scanner.expect('(', 'a list of flags in parentheses');
  return scanner.skip(')') ? [] : known(scanner.rest(() => flag(scanner)));
};

/** A flag list, or flags without parentheses as STORE allows. */
export const storeFlags = (scanner: Scanner): readonly Flag[] => {
  if (scanner.next === '(') return flagList(scanner);
  const flags = [flag(scanner)];
  while (scanner.skip(' ')) flags.push(flag(scanner));
  return known(flags);
};

export const keyword = (scanner: Scanner): Flag => parseFlag(scanner.need('atom', 'a keyword')) ?? tooLong();

/** `\Recent` can't be set; clients that copy flags from one server to another send it all the same, so it is passed over. */
function flag(scanner: Scanner): Flag | undefined {
  const system = scanner.skip('\\');
  const name = scanner.need('atom', 'a flag');
  if (!system) return parseFlag(name) ?? tooLong();
  if (name.toLowerCase() === 'recent') return undefined;
  return parseFlag(`\\${name}`) ?? scanner.fail('a system flag (\\Seen, \\Answered, \\Flagged, \\Deleted, \\Draft) or a keyword');
}

const known = (flags: readonly (Flag | undefined)[]): readonly Flag[] => flags.filter((one) => one !== undefined);

function tooLong(): never {
  throw new SyntaxFault(`A keyword may have ${maxKeywordLength} octets`);
}
