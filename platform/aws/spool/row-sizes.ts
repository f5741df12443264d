import type { NewSpoolRow, SpoolRecipient } from '../../../core/delivery/spool.ts';

/** What there is room for in one transaction. */
export interface Room {
  readonly actions: number;
  readonly octets: number;
}

/** DynamoDB takes 100 actions and 4 MB. */
export const wholeTransaction: Room = { actions: 100, octets: 3_000_000 };

/** What each of so many reports has of the transaction that also ends the row they tell of. */
export const roomForEach = (reports: number): Room => ({
  actions: Math.floor((wholeTransaction.actions - 1) / reports),
  octets: Math.floor(wholeTransaction.octets / (reports + 1)),
});

/** Octets of recipients in a row: with what is said of each in the course of time its item stays below 400 KB. */
const mostRecipients = 100_000;
/** Of all else in a new row. */
const octetsBeside = 10_000;

const octetsOf = (recipients: readonly SpoolRecipient[]): number => Buffer.byteLength(JSON.stringify(recipients));

/** Rows that each fit into an item: those for very many recipients are several for the same next hop. */
export const inItems = (rows: readonly NewSpoolRow[]): readonly NewSpoolRow[] =>
  rows.flatMap((row) => inParts(row.recipients).map((recipients) => ({ ...row, recipients })));

function inParts(recipients: readonly SpoolRecipient[]): readonly (readonly SpoolRecipient[])[] {
  if (octetsOf(recipients) <= mostRecipients || recipients.length < 2) return [recipients];
  const middle = Math.ceil(recipients.length / 2);
  return [...inParts(recipients.slice(0, middle)), ...inParts(recipients.slice(middle))];
}

/** @returns how many of the rows, from the first on, there is room for */
export function inTransaction(rows: readonly NewSpoolRow[], room: Room = wholeTransaction): number {
  let octets = 0;
  const count = rows.slice(0, room.actions).findIndex(({ recipients }) => {
    octets += octetsOf(recipients) + octetsBeside;
    return octets > room.octets;
  });
  return count < 0 ? Math.min(rows.length, room.actions) : Math.max(count, 1);
}
