import { randomUUID } from 'node:crypto';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mergeRanges } from '../../../core/values/number-set.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { type MessageToPlace, sizeOf, storedMessage } from './appending.ts';
import type { CommitDeps } from './commit.ts';
import { type AlongWrite, type Draft, inTable } from './draft.ts';
import { blockItem, blockKey, blockOf, type FlagEntry, firstUidOf } from './flag-block.ts';
import { type HeldMailbox, hold, LastingHold, letGo } from './holding.ts';
import { clearOlder, copyNote, copyNoteKey, removeNoted } from './leftovers.ts';
import { inParallel, type Key, type MailTable, rest } from './mail-table.ts';
import { recordItem, recordKey } from './message-record.ts';
import { Overtaken } from './overtaken.ts';
import { ownerStands, ownerWrite } from './ownership.ts';

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
  { table, bodies, clock }: CommitDeps,
  held: HeldMailbox,
  count: number,
  groups: AsyncIterable<readonly (MessageToPlace | undefined)[]>,
): Promise<PlacedMany> {
  await table.put(copyNote(held, held.uidNext, count, clock.now()));
  const lasting = new LastingHold(table, held, clock);
  const uids: (number | undefined)[] = [];
  const entries: FlagEntry[] = [];
  for await (const some of severalOf(groups)) {
    const batches = some.map((group) => {
      const first = held.uidNext + uids.length;
      uids.push(...group.map((message, i) => (message === undefined ? undefined : first + i)));
      return group.flatMap((message, i) => (message === undefined ? [] : [{ uid: first + i, message }]));
    });
    await inParallel(batches, (messages) => writeGroup({ table, bodies, clock }, held, messages));
    entries.push(...batches.flat().map(({ uid, message }) => entryOf(uid, message, held)));
    await lasting.check();
  }
  await inParallel([...wholeBlocks(held, entries)], ([number, inBlock]) => putBlock({ table, bodies, clock }, held, number, inBlock));
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

type Placing = Pick<CommitDeps, 'table' | 'bodies' | 'clock'>;

async function writeGroup(
  deps: Placing,
  held: HeldMailbox,
  messages: readonly { readonly uid: number; readonly message: MessageToPlace }[],
): Promise<void> {
  if (messages.length === 0) return;
  const standing = new Map(
    messages.flatMap(({ message: { body } }) => (body.standing === undefined ? [] : [[body.standing, body.body] as const])),
  );
  for (let left = mostClearings; ; left -= 1) {
    let met: Key | undefined;
    let lost = false;
    const writes = [
      ...messages.map(({ uid, message }): AlongWrite => {
        const Item = recordItem(held.mailbox, storedMessage(uid, message), held.number);
        const refused = (): void => {
          met = recordKey(held.mailbox, uid);
        };
        return { write: { Put: { TableName: undefined, Item, ...freeOrOurs(held) } }, refused };
      }),
      ...messages.map(({ message }) => ownerWrite(message.body.body, message.owner)),
      ...[...standing].map(([owner, body]) =>
        ownerStands(body, owner, deps.clock.now(), () => {
          lost = true;
        }),
      ),
    ];
    await transactAll(deps.table, writes);
    if (lost) throw new Overtaken('a message is gone');
    if (met === undefined) return;
    if (left === 0 || !(await clearOlder(deps, held, met))) throw new Overtaken('another took the UIDs');
  }
}

/** Times that leftovers of changes which were given up are cleared away, for one group or block. */
const mostClearings = 5;

/** What is there was written under this hold, by an earlier copy of the request. */
function freeOrOurs({ number }: HeldMailbox) {
  const x = new Expression();
  return {
    ConditionExpression: `attribute_not_exists(${x.name(mailTableShape.partitionKey)}) OR ${x.name(shape.heldBy)} = ${x.number(number)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

async function putBlock(deps: Placing, held: HeldMailbox, number: number, entries: readonly FlagEntry[]): Promise<void> {
  const item = blockItem(held.mailbox, { number, version: held.version, entries });
  for (let left = mostClearings; ; left -= 1) {
    if (await deps.table.put({ ...item, [shape.heldBy]: { N: String(held.number) } }, freeOrOurs(held))) return;
    if (left === 0 || !(await clearOlder(deps, held, blockKey(held.mailbox, number)))) throw new Overtaken('another took the UIDs');
  }
}

const mostTries = 20;
const pause = 20; // ms

/** All that is in it may be written again, so a try without an answer is no matter. */
async function transactAll(table: MailTable, writes: readonly AlongWrite[]): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const written = await table.transact(
      randomUUID(),
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
  draft.along.push({ write: { Delete: { TableName: undefined, Key: copyNoteKey(held) } } });
}

/** Runs with the right to the next UIDs; from the start again when it was overtaken. */
export async function holding<T>(deps: CommitDeps, mailbox: MailboxId, work: (held: HeldMailbox) => Promise<T>): Promise<T> {
  for (let left = 4; ; left -= 1) {
    const held = await hold(deps.table, mailbox, deps.clock);
    try {
      return await work(held);
    } catch (error) {
      if (!(error instanceof Overtaken)) throw error;
      await removeNoted(deps.table, deps.bodies, copyNoteKey(held));
      if (left === 0) throw error;
    } finally {
      await letGo(deps.table, held, deps.clock).catch(() => {}); // it ends by itself
    }
  }
}
