import { decodeHeaderText } from '../../message/decoded-text.ts';
import type { EnvelopeAddress } from '../../values/message-facts.ts';
import type { SortCriterion, SortKey, SortProgram } from '../../values/sort-program.ts';
import type { MessageRecord } from '../mailbox-store.ts';
import { baseSubject } from './base-subject.ts';
import { collationKey } from './collation-key.ts';
import { type Ordering, recordsOf, turnOf } from './ordering.ts';
import { sentDate } from './sent-date.ts';
import { sortInTurns } from './sort-in-turns.ts';

/**
 * SORT (RFC 5256). Of each message only what it is sorted by is held. Messages expunged meanwhile are left out.
 * @param uids ascending. @returns them in order
 * @throws MailboxGone, the signal's reason
 */
export async function sortMessages(uids: readonly number[], program: SortProgram, ordering: Ordering): Promise<readonly number[]> {
  const found: number[] = [];
  const columns = columnsOf(program);
  for await (const record of recordsOf(uids, ordering)) {
    found.push(record.uid);
    for (const column of columns) column.add(record);
  }
  const compare = (a: number, b: number): number => {
    for (const column of columns) {
      const order = column.compare(a, b);
      if (order !== 0) return order;
    }
    return a - b;
  };
  const places = await sortInTurns(
    Uint32Array.from(found, (_, i) => i),
    compare,
    turnOf(ordering),
  );
  return Array.from(places, (place) => found[place] as number);
}

interface Column {
  add(record: MessageRecord): void;
  compare(a: number, b: number): number;
}

/** What was compared once is not compared again. */
function columnsOf(program: SortProgram): readonly Column[] {
  const byKey = new Map<SortKey, SortCriterion>();
  for (const one of program) if (!byKey.has(one.key)) byKey.set(one.key, one);
  return [...byKey.values()].map(column);
}

function column({ key, reverse }: SortCriterion): Column {
  const values: (string | number)[] = [];
  const sign = reverse ? -1 : 1;
  return {
    add: (record) => values.push(sortValue[key](record)),
    compare: (a, b) => {
      const [one, other] = [values[a] as string, values[b] as string]; // both are of one kind
      return one === other ? 0 : one < other ? -sign : sign;
    },
  };
}

const sortValue: Readonly<Record<SortKey, (record: MessageRecord) => string | number>> = {
  ARRIVAL: ({ internalDate }) => internalDate,
  DATE: sentDate,
  SIZE: ({ size }) => size,
  SUBJECT: ({ facts }) => collationKey(baseSubject(facts.envelope.subject).text),
  CC: ({ facts }) => mailboxOf(facts.envelope.cc),
  FROM: ({ facts }) => mailboxOf(facts.envelope.from),
  TO: ({ facts }) => mailboxOf(facts.envelope.to),
  DISPLAYFROM: ({ facts }) => displayOf(facts.envelope.from),
  DISPLAYTO: ({ facts }) => displayOf(facts.envelope.to),
};

/** Octets of a name that are looked at. */
const mostOctets = 1_024;

const text = (octets: string | undefined): string => decodeHeaderText((octets ?? '').slice(0, mostOctets));

const mailboxOf = ([first]: readonly EnvelopeAddress[]): string => collationKey(text(first?.mailbox));

/** RFC 5957 section 3. */
function displayOf([first]: readonly EnvelopeAddress[]): string {
  const name = text(first?.name);
  if (name !== '') return collationKey(name);
  return collationKey(first?.host === undefined ? text(first?.mailbox) : `${text(first.mailbox)}@${text(first.host)}`);
}
