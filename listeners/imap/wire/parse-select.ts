import { mergeRanges, type NumberRange, type NumberSet, sizeOfNumberSet } from '../../../core/values/number-set.ts';
import type { SequenceSet } from '../../../core/values/search-key.ts';
import { maxUid } from '../../../core/values/uid.ts';
import type { Agreed } from './agreed.ts';
import type { Resync, Verb } from './command.ts';
import { mailboxName, modseq, sequenceSet } from './parse-words.ts';
import { type Scanner, SyntaxFault } from './scanner.ts';

/** SELECT and EXAMINE behind the verb, with parameters in any order (RFC 4466 section 2.2). */
export function parseSelect(scanner: Scanner, verb: 'SELECT' | 'EXAMINE', agreed: Agreed): Verb {
  scanner.space('a mailbox name');
  const mailbox = mailboxName(scanner, agreed);
  if (!scanner.skip(' ')) return { verb, mailbox, condstore: false };
  let condstore = false;
  let qresync: Resync | undefined;
  scanner.list('parameters such as CONDSTORE', () => {
    const name = scanner.need('letters', 'CONDSTORE or QRESYNC').toUpperCase();
    if (name === 'CONDSTORE' && !condstore) condstore = true;
    else if (name === 'QRESYNC' && qresync === undefined) qresync = resync(scanner);
    else throw new SyntaxFault(`${/^(?:CONDSTORE|QRESYNC)$/.test(name) ? 'Repeated' : 'Unknown'} parameter ${name.slice(0, 40)}`);
  });
  return { verb, mailbox, condstore, ...(qresync === undefined ? {} : { qresync }) };
}

/** `(uidvalidity modseq [known-uids] [seq-match-data])` of RFC 7162 section 3.2.5. */
function resync(scanner: Scanner): Resync {
  scanner.space('UIDVALIDITY and a modification sequence number in parentheses');
  scanner.expect('(', 'UIDVALIDITY and a modification sequence number in parentheses');
  const uidValidity = scanner.number('a UIDVALIDITY from 1 to 4294967295', 1, maxUid);
  scanner.space('a modification sequence number');
  const since = modseq(scanner);
  let more = scanner.skip(' ');
  const uids = more && scanner.next !== '(' ? knownUids(scanner) : undefined;
  if (uids !== undefined) more = scanner.skip(' ');
  const matches = more ? sequenceMatches(scanner) : undefined;
  scanner.expect(')');
  return { uidValidity, modseq: since, ...(uids === undefined ? {} : { uids }), ...(matches === undefined ? {} : { matches }) };
}

const knownUids = (scanner: Scanner): NumberSet => mergeRanges(ranges(sequenceSet(scanner), 'The set of known UIDs'));

/** RFC 7162 section 3.2.5.2: the n-th number of one set stands for the n-th of the other. */
function sequenceMatches(scanner: Scanner): NonNullable<Resync['matches']> {
  scanner.expect('(', 'message numbers and their UIDs in parentheses');
  const msns = ascending(sequenceSet(scanner), 'The set of known message numbers');
  scanner.space('the UIDs of these message numbers');
  const uids = ascending(sequenceSet(scanner), 'The set of their UIDs');
  if (sizeOfNumberSet(msns) !== sizeOfNumberSet(uids)) throw new SyntaxFault('There must be as many UIDs as known message numbers');
  scanner.expect(')');
  return { msns, uids };
}

function ascending(set: SequenceSet, what: string): NumberSet {
  let last = 0;
  for (const { from, to } of ranges(set, what, true)) {
    if (from <= last) throw new SyntaxFault(`${what} must ascend`);
    last = to;
  }
  return mergeRanges(ranges(set, what));
}

function ranges(set: SequenceSet, what: string, inOrder = false): readonly NumberRange[] {
  return set.map((one) => {
    if (one === '$') throw new SyntaxFault(`${what} must not contain "$"`);
    const { from, to } = one;
    if (from === '*' || to === '*') throw new SyntaxFault(`${what} must not contain "*"`);
    if (inOrder && to < from) throw new SyntaxFault(`${what} must ascend`);
    return { from: Math.min(from, to), to: Math.max(from, to) };
  });
}
