import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { MailboxId } from '../../../core/values/ids.ts';
import { maxUid } from '../../../core/values/uid.ts';
import { type Attributes, optionalWhole, text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape, ownershipShape, mailboxShape as shape } from '../mail-shapes.ts';
import { blockOf, blockSortKey } from './flag-block.ts';
import { endHold } from './holding.ts';
import { inParallel, type Key, type MailTable } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';
import { recordFrom, recordSortKey } from './message-record.ts';
import { type BodyRemover, openKey, release } from './ownership.ts';
import { readRow } from './read-row.ts';
import { recordsAtOnce } from './records.ts';

/*
 * What a change of many messages wrote before it was made, and then did not make: its process died, or it was too slow and lost its hold. Nobody sees
 * it, since it stands at or above UIDNEXT. Whoever wants the UIDs meets it by a condition of his write, and clears it away, with the bodies it owns.
 */

export interface Deps {
  readonly table: MailTable;
  readonly bodies: BodyRemover;
}

/** Of a hold, by its number. */
interface HoldNumber {
  readonly mailbox: MailboxId;
  readonly number: number;
}

export const copyNoteKey = ({ mailbox, number }: HoldNumber): Key => openKey(`${ownershipShape.copiedPrefix}${mailbox}/${number}`);

/** Stands until the change is made: its transaction takes it away. */
export const copyNote = (hold: HoldNumber, uidNext: number, count: number, now: number): Record<string, AttributeValue> => ({
  ...copyNoteKey(hold),
  [ownershipShape.since]: { N: String(now) },
  [ownershipShape.mailbox]: { S: hold.mailbox },
  [ownershipShape.hold]: { N: String(hold.number) },
  [ownershipShape.uids]: { L: [{ N: String(uidNext) }, { N: String(uidNext + count - 1) }] },
});

/** Removes what a note tells of: while it stands, no transaction took that in; and the caller knows that none will. Safe to repeat. */
export async function removeNoted(table: MailTable, bodies: BodyRemover, note: Key): Promise<boolean> {
  const item = await table.get(note);
  if (item === undefined) return false;
  const mailbox = text(item[ownershipShape.mailbox], 'mailbox of an open copy') as MailboxId;
  const number = wholeNumber(item[ownershipShape.hold], 'hold of an open copy');
  const [from = 0, to = 0] = (item[ownershipShape.uids]?.L ?? []).map((uid) => wholeNumber(uid, 'UID of an open copy'));
  await removePlaced({ table, bodies }, { mailbox, number }, from, to);
  await table.deleteAll([note]);
  return true;
}

async function removePlaced({ table, bodies }: Deps, { mailbox, number }: HoldNumber, from: number, to: number): Promise<void> {
  const partition = mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };
  const isOfHold = (one: Attributes): boolean => one[shape.heldBy]?.N === String(number);
  for await (const page of table.pages(partition, recordSortKey(from), recordSortKey(to), recordsAtOnce)) {
    const records = page.filter(isOfHold);
    await release(table, bodies, records.map(recordFrom), Number.POSITIVE_INFINITY); // nobody copied what nobody saw
    await inParallel(records, (record) => table.deleteIf(keyOf(record), heldByOnly(number)));
  }
  for await (const page of table.pages(partition, blockSortKey(blockOf(from)), blockSortKey(blockOf(to)))) {
    await inParallel(page.filter(isOfHold), (block) => table.deleteIf(keyOf(block), heldByOnly(number)));
  }
}

const removeOfHold = async (deps: Deps, hold: HoldNumber, uid: number): Promise<void> => {
  if (!(await removeNoted(deps.table, deps.bodies, copyNoteKey(hold)))) await removePlaced(deps, hold, uid, maxUid);
};

const numberOf = (item: Attributes | undefined): number | undefined => optionalWhole(item?.[shape.heldBy], 'hold of what was placed');

/** What is in the way of a hold's own writes. @returns false when it is not of an earlier hold: then this one was lost */
export async function clearOlder(deps: Deps, held: HoldNumber & { readonly uidNext: number }, key: Key): Promise<boolean> {
  const item = await deps.table.get(key);
  if (item === undefined) return true;
  const number = numberOf(item);
  if (number === undefined || number >= held.number) return false;
  await removeOfHold(deps, { mailbox: held.mailbox, number }, held.uidNext);
  return true;
}

/** What is in the way of a message that is appended, once it is sure that it is left over. */
export async function clearLeftover(deps: Deps, mailbox: MailboxId, uid: number, key: Key, now: number): Promise<void> {
  const number = numberOf(await deps.table.get(key));
  if (number === undefined) return;
  const row = await readRow(deps.table, mailbox);
  if (row.uidNext > uid) return; // it was taken in meanwhile
  if (row.holds === number && row.hold !== undefined && !(await endHold(deps.table, row, now))) return;
  await removeOfHold(deps, { mailbox, number }, uid);
}

const keyOf = (item: Attributes): Key => ({
  [mailTableShape.partitionKey]: item[mailTableShape.partitionKey] ?? { S: '' },
  [mailTableShape.sortKey]: item[mailTableShape.sortKey] ?? { S: '' },
});

function heldByOnly(number: number) {
  const x = new Expression();
  const ConditionExpression = `${x.name(shape.heldBy)} = ${x.number(number)}`;
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}
