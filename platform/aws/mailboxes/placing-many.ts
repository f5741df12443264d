import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mergeRanges } from '../../../core/values/number-set.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape, ownershipShape, mailboxShape as shape } from '../table-shapes.ts';
import { type MessageToPlace, sizeOf, storedMessage } from './appending.ts';
import type { CommitDeps } from './commit.ts';
import { type AlongWrite, type Draft, inTable } from './draft.ts';
import { blockItem, blockOf, blockSortKey, type FlagEntry, firstUidOf } from './flag-block.ts';
import { type HeldMailbox, hold, LastingHold, letGo } from './holding.ts';
import { inParallel, type Key, type MailTable, rest } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';
import { recordFrom, recordItem, recordSortKey } from './message-record.ts';
import { Overtaken } from './overtaken.ts';
import { type BodyRemover, openKey, ownerStands, ownerWrite, release } from './ownership.ts';
import { recordsAtOnce } from './records.ts';

/** Messages that were written at the UIDs they are to have; nobody sees them until `takeIn` is part of a transaction. */
export interface PlacedMany {
  readonly held: HeldMailbox;
  /** In the order of the messages; undefined for one that is gone. */
  readonly uids: readonly (number | undefined)[];
  readonly entries: readonly FlagEntry[];
}

/** A group of messages as they are read and written: three writes each, in one transaction. */
export const placedAtOnce = 30;

/**
 * Writes records, owners and whole blocks under a hold, group by group. An open note tells of them: when this process dies, the purge removes what no
 * transaction took in.
 * @param groups in order, at most `placedAtOnce` each; undefined for a message that is gone meanwhile, whose UID stays unused
 * @throws Overtaken
 */
export async function placeMany(
  { table, clock }: CommitDeps,
  held: HeldMailbox,
  count: number,
  groups: AsyncIterable<readonly (MessageToPlace | undefined)[]>,
): Promise<PlacedMany> {
  await table.put(noteItem(held, count, clock.now()));
  const lasting = new LastingHold(table, held, clock);
  const uids: (number | undefined)[] = [];
  const entries: FlagEntry[] = [];
  for await (const some of severalOf(groups)) {
    const batches = some.map((group) => {
      const first = held.uidNext + uids.length;
      uids.push(...group.map((message, i) => (message === undefined ? undefined : first + i)));
      return group.flatMap((message, i) => (message === undefined ? [] : [{ uid: first + i, message }]));
    });
    await inParallel(batches, (messages) => writeGroup(table, held, messages));
    entries.push(...batches.flat().map(({ uid, message }) => entryOf(uid, message, held)));
    await lasting.check();
  }
  await inParallel([...wholeBlocks(held, entries)], ([number, inBlock]) => putBlock(table, held, number, inBlock));
  return { held, uids, entries };
}

const groupsAtOnce = 8;

/** Groups that are written side by side. */
async function* severalOf<T>(groups: AsyncIterable<T>): AsyncGenerator<readonly T[]> {
  let some: T[] = [];
  for await (const group of groups) {
    some.push(group);
    if (some.length < groupsAtOnce) continue;
    yield some;
    some = [];
  }
  if (some.length > 0) yield some;
}

const entryOf = (uid: number, message: MessageToPlace, { modseq }: HeldMailbox): FlagEntry => ({
  uid,
  modseq,
  size: sizeOf(message),
  flags: message.flags,
  keywords: message.keywords,
});

/** Those in which others have no message. The first may be half full: it is written when all is made. */
function wholeBlocks({ uidNext }: HeldMailbox, entries: readonly FlagEntry[]): ReadonlyMap<number, readonly FlagEntry[]> {
  return Map.groupBy(
    entries.filter(({ uid }) => firstUidOf(blockOf(uid)) >= uidNext),
    ({ uid }) => blockOf(uid),
  );
}

async function writeGroup(
  table: MailTable,
  held: HeldMailbox,
  messages: readonly { readonly uid: number; readonly message: MessageToPlace }[],
): Promise<void> {
  let lost = false;
  const refused = (): void => {
    lost = true;
  };
  const standing = new Map(
    messages.flatMap(({ message: { body } }) => (body.standing === undefined ? [] : [[body.standing, body.body] as const])),
  );
  const writes = [
    ...messages.map(({ uid, message }): AlongWrite => {
      const Item = recordItem(held.mailbox, storedMessage(uid, message), held.number);
      return { write: { Put: { TableName: undefined, Item, ...notOfLater(held) } }, refused };
    }),
    ...messages.map(({ message }) => ownerWrite(message.body.body, message.owner)),
    ...[...standing].map(([owner, body]) => ownerStands(body, owner, refused)),
  ];
  if (writes.length > 0) await transactAll(table, held, writes);
  if (lost) throw new Overtaken('a message or a hold is gone');
}

/** What is there was not written by a later hold, nor by a change that was made. */
function notOfLater({ number }: HeldMailbox) {
  const x = new Expression();
  return {
    ConditionExpression: `attribute_not_exists(${x.name(mailTableShape.partitionKey)}) OR ${x.name(shape.heldBy)} <= ${x.number(number)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

async function putBlock(table: MailTable, held: HeldMailbox, number: number, entries: readonly FlagEntry[]): Promise<void> {
  const item = blockItem(held.mailbox, { number, version: held.version, entries });
  const isWritten = await table.put({ ...item, [shape.heldBy]: { N: String(held.number) } }, notOfLater(held));
  if (!isWritten) throw new Overtaken('another took the UIDs');
}

const mostTries = 20;
const pause = 20; // ms

/** All that is in it may be written again, so a try without an answer is no matter. */
async function transactAll(table: MailTable, { op }: HeldMailbox, writes: readonly AlongWrite[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const token = `${op}${writes[0]?.write.Put?.Item?.[mailTableShape.sortKey]?.S ?? ''}.${tries}`.slice(0, 36);
    const written = await table.transact(
      token,
      writes.map(({ write }) => inTable(write, table.name)),
    );
    if (written === 'done') return;
    if (written !== 'busy') {
      for (const index of written.refused) writes[index]?.refused?.();
      return;
    }
    if (tries >= mostTries) throw new Error('others write to the same messages all the time');
    await rest(pause);
  }
}

/** Makes them part of a change of their mailbox. @throws Overtaken when the hold was lost meanwhile */
export function takeIn(draft: Draft, { held, entries }: PlacedMany): void {
  const { row } = draft;
  const isOurs = row.hold?.op === held.op && row.uidNext === held.uidNext;
  if (!isOurs || row.version >= held.version || row.highestModseq >= held.modseq) throw new Overtaken('another took the UIDs');
  const whole = wholeBlocks(held, entries);
  const blocks = [...whole.keys()].map((number) => ({ from: number, to: number }));
  draft.useReserved(held.version, held.modseq, mergeRanges(blocks));
  const inFirst = entries.filter(({ uid }) => !whole.has(blockOf(uid)));
  if (inFirst.length > 0) draft.place(inFirst);
  draft.count(entries.slice(inFirst.length));
  draft.modseq();
  draft.along.push({ write: { Delete: { TableName: undefined, Key: noteKey(held) } } });
}

const noteKey = ({ mailbox, number }: Pick<HeldMailbox, 'mailbox' | 'number'>) =>
  openKey(`${ownershipShape.copiedPrefix}${mailbox}/${number}`);

const noteItem = (held: HeldMailbox, count: number, now: number): Record<string, AttributeValue> => ({
  ...noteKey(held),
  [ownershipShape.since]: { N: String(now) },
  [ownershipShape.mailbox]: { S: held.mailbox },
  [ownershipShape.hold]: { N: String(held.number) },
  [ownershipShape.uids]: { L: [{ N: String(held.uidNext) }, { N: String(held.uidNext + count - 1) }] },
});

/** Runs with the right to the next UIDs; from the start again when it was overtaken. */
export async function holding<T>(
  deps: CommitDeps & { readonly bodies: BodyRemover },
  mailbox: MailboxId,
  work: (held: HeldMailbox) => Promise<T>,
): Promise<T> {
  for (let left = 4; ; left -= 1) {
    const held = await hold(deps.table, mailbox, deps.clock);
    try {
      return await work(held);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      await removePlaced(deps.table, deps.bodies, noteKey(held));
      if (left === 0) throw error;
    } finally {
      await letGo(deps.table, held, deps.clock).catch(() => {}); // it ends by itself
    }
  }
}

/** Removes what was written under a hold and taken in by no transaction: the note, which such a transaction removes, is still there. Safe to repeat. */
export async function removePlaced(table: MailTable, bodies: BodyRemover, note: Key): Promise<void> {
  const item = await table.get(note);
  if (item === undefined) return;
  const mailbox = text(item[ownershipShape.mailbox], 'mailbox of an open copy') as MailboxId;
  const number = wholeNumber(item[ownershipShape.hold], 'hold of an open copy');
  const [from = 0, to = 0] = (item[ownershipShape.uids]?.L ?? []).map((uid) => wholeNumber(uid, 'UID of an open copy'));
  const partition = mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };
  const isOfHold = (one: Attributes): boolean => one[shape.heldBy]?.N === String(number);
  for await (const page of table.pages(partition, recordSortKey(from), recordSortKey(to), recordsAtOnce)) {
    const records = page.filter(isOfHold);
    await release(table, bodies, records.map(recordFrom));
    await inParallel(records, (record) => table.deleteIf(keyOf(record), heldByOnly(number)));
  }
  for await (const page of table.pages(partition, blockSortKey(blockOf(from)), blockSortKey(blockOf(to)))) {
    await inParallel(page.filter(isOfHold), (block) => table.deleteIf(keyOf(block), heldByOnly(number)));
  }
  await table.deleteAll([note]);
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
