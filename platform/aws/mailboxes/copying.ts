import type { Copied } from '../../../core/mailbox/mailbox-store.ts';
import { flagsAllowed, noFlags, type StoredFlags } from '../../../core/mailbox/stored-flags.ts';
import type { MayFlag } from '../../../core/values/flags.ts';
import type { MailboxId, NewId } from '../../../core/values/ids.ts';
import { inNumberSet, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Uid } from '../../../core/values/uid.ts';
import { appendChange, type MessageToPlace, mostAtOnce } from './appending.ts';
import { blocksOf, isUnused, readBlocks } from './block-reading.ts';
import { type CommitDeps, commit } from './commit.ts';
import { Draft } from './draft.ts';
import { type ExpungedSlice, noteExpunge } from './expunging.ts';
import { blockOf, type FlagEntry } from './flag-block.ts';
import type { GroupCommit } from './group-commit.ts';
import type { MailTable } from './mail-table.ts';
import type { MailboxRow } from './mailbox-row.ts';
import type { StoredMessage } from './message-record.ts';
import { Overtaken } from './overtaken.ts';
import { holding, type PlacedMany, placedAtOnce, placeMany, takeIn } from './placing-many.ts';
import { readRow } from './read-row.ts';
import { inGroups, readRecords } from './records.ts';
import type { Turns } from './turns.ts';

export interface CopyDeps extends CommitDeps {
  readonly newId: NewId;
  readonly groups: GroupCommit;
  readonly turns: Turns;
}

export interface Copying {
  readonly from: MailboxId;
  readonly uids: NumberSet;
  readonly to: MailboxId;
  readonly keepMetadata: boolean;
  readonly mayFlag?: MayFlag | undefined;
}

const mostTries = 10;

/** @returns the copies; those messages are passed over that go while they are copied */
export async function copy(deps: CopyDeps, copying: Copying): Promise<Copied> {
  for (let left = mostTries; ; left -= 1) {
    const row = await readRow(deps.table, copying.from);
    const entries = await entriesOf(deps.table, row, copying.uids);
    if (entries.length === 0) {
      await readRow(deps.table, copying.to);
      return { from: [], to: [] };
    }
    if (entries.length > mostAtOnce) return await copyMany(deps, copying, entries);
    const copied = await copyFew(deps, copying, entries);
    if (copied !== undefined) return copied;
    if (left === 0) throw new Error(`messages of mailbox ${copying.from} go faster than they can be copied`);
  }
}

/** @returns undefined when a message went meanwhile */
async function copyFew(deps: CopyDeps, copying: Copying, entries: readonly FlagEntry[]): Promise<Copied | undefined> {
  const sources = await messagesOf(deps, copying, entries);
  const messages = sources.flatMap((message) => message ?? []);
  let lost = false;
  const change = appendChange(copying.to, messages, deps.clock.now(), () => {
    lost = true;
  });
  // A body that lost the owner it was found by is looked for again, rather than asked about until all tries are used.
  const unlessLost = {
    ...change,
    apply: (draft: Draft, keyMet: () => void) => (lost ? undefined : change.apply(draft, keyMet)),
  };
  const appended = await deps.groups.submit(copying.to, unlessLost);
  if (appended === undefined) return undefined;
  const from = entries.filter((_, i) => sources[i] !== undefined).map(({ uid }) => uid as Uid);
  return { from, to: appended.map(({ uid }) => uid) };
}

/** Messages as they are to stand in the other mailbox; undefined for one that is gone. */
async function messagesOf(
  { table, newId, clock }: CopyDeps,
  { from, keepMetadata, mayFlag }: Copying,
  entries: readonly FlagEntry[],
  isChecked = true,
): Promise<readonly (MessageToPlace | undefined)[]> {
  const records = await readRecords(
    table,
    from,
    entries.map(({ uid }) => uid),
  );
  return entries.map((entry) => {
    const record = records.get(entry.uid);
    const flags = !keepMetadata ? noFlags : mayFlag === undefined ? entry : flagsAllowed(entry, mayFlag);
    const dates = { internalDate: keepMetadata ? record?.internalDate : undefined, now: clock.now() };
    return record && copyOf(record, flags, dates, newId(), isChecked);
  });
}

const copyOf = (
  { body, owner, prefix, bodySize, facts }: StoredMessage,
  { flags, keywords }: StoredFlags,
  { internalDate, now }: { readonly internalDate: number | undefined; readonly now: number },
  newOwner: string,
  isChecked: boolean,
): MessageToPlace => ({
  flags,
  keywords,
  body: { body, size: bodySize, facts, ...(isChecked ? { standing: owner } : {}) },
  owner: newOwner,
  prefix,
  internalDate: internalDate ?? now,
  savedAt: now,
});

async function copyMany(deps: CopyDeps, copying: Copying, entries: readonly FlagEntry[]): Promise<Copied> {
  return await holding(deps, copying.to, async (held) => {
    const placed = await placeMany(deps, held, entries.length, messageGroups(deps, copying, entries));
    await commitPlaced(deps, placed);
    return copiedOf(entries, placed.uids);
  });
}

/** @throws Overtaken */
export async function commitPlaced(deps: CommitDeps, placed: PlacedMany): Promise<void> {
  await commit(deps, [placed.held.mailbox], async ([row]) => {
    if (row === undefined) throw new Overtaken('no row');
    const draft = new Draft(row, await firstBlock(deps.table, row));
    takeIn(draft, placed);
    return { drafts: [draft], answer: undefined };
  });
}

async function* messageGroups(
  deps: CopyDeps,
  copying: Copying,
  entries: readonly FlagEntry[],
): AsyncGenerator<readonly (MessageToPlace | undefined)[]> {
  for (const group of inGroups(entries, placedAtOnce)) yield await messagesOf(deps, copying, group);
}

/** The block that the first new messages go into, when others are in it. */
export const firstBlock = (table: MailTable, row: MailboxRow) => {
  const number = blockOf(row.uidNext);
  return readBlocks(table, row, isUnused(row, number) ? [] : [number]);
};

const copiedOf = (entries: readonly FlagEntry[], uids: readonly (number | undefined)[]): Copied => ({
  from: entries.filter((_, i) => uids[i] !== undefined).map(({ uid }) => uid as Uid),
  to: uids.flatMap((uid) => (uid === undefined ? [] : [uid as Uid])),
});

async function entriesOf(table: MailTable, row: MailboxRow, uids: NumberSet): Promise<readonly FlagEntry[]> {
  const blocks = await readBlocks(table, row, blocksOf(row, uids));
  return [...blocks.values()].flatMap(({ entries }) => entries.filter(({ uid }) => inNumberSet(uids, uid)));
}

export interface Moved extends Copied {
  /** What was taken out of the source. undefined: nothing was there */
  readonly slice?: ExpungedSlice & { /** The blocks do not say so yet. */ readonly isLeaving: boolean };
}

/** Copies and expunges in one transaction, from one mailbox to another. Each copy owns its body anew, so that what an expunge leaves is removed alike, wherever it came from. */
export async function move(deps: CopyDeps, copying: Copying): Promise<Moved> {
  const row = await readRow(deps.table, copying.from);
  const entries = await entriesOf(deps.table, row, copying.uids);
  const moving = { ...copying, uids: numberSet(entries.map(({ uid }) => uid)) };
  return entries.length > mostAtOnce ? await moveMany(deps, moving) : await moveFew(deps, moving);
}

async function moveFew(deps: CopyDeps, copying: Copying): Promise<Moved> {
  const { from, to, uids } = copying;
  return await deps.turns.alone([from, to], () =>
    commit(deps, [from, to], async ([source, target]) => {
      if (source === undefined || target === undefined) throw new Error('a mailbox without a row');
      if (target.hold !== undefined && target.hold.until > deps.clock.now()) return 'wait';
      const numbers = blocksOf(source, uids);
      const left = new Draft(source, await readBlocks(deps.table, source, numbers));
      const entries = numbers.flatMap((number) => left.entriesOf(number)).filter(({ uid }) => inNumberSet(uids, uid));
      const grown = new Draft(target, await firstBlock(deps.table, target));
      // The source's row is a condition of the transaction, so its messages own their bodies: no check of each is needed.
      const messages = await messagesOf(deps, copying, entries, false);
      if (messages.includes(undefined)) return 'wait'; // it was seen item by item
      return { drafts: [left, grown], answer: moved(deps, copying, { left, grown }, entries, messages as readonly MessageToPlace[]) };
    }),
  );
}

function moved(
  { clock }: CopyDeps,
  { from, to }: Copying,
  { left, grown }: { readonly left: Draft; readonly grown: Draft },
  entries: readonly FlagEntry[],
  messages: readonly MessageToPlace[],
): Moved {
  if (entries.length === 0) return { from: [], to: [] };
  const never = (): void => {};
  const appended = appendChange(to, messages, clock.now(), never).apply(grown, never);
  const gone = left.expunge(entries);
  noteExpunge(left, from, gone, clock.now());
  return {
    from: entries.map(({ uid }) => uid as Uid),
    to: appended.map(({ uid }) => uid),
    slice: { gone, modseq: left.modseq(), isLeaving: false },
  };
}

async function moveMany(deps: CopyDeps, copying: Copying): Promise<Moved> {
  const { from, to } = copying;
  return await holding(deps, to, async (held) => {
    const entries = await entriesOf(deps.table, await readRow(deps.table, from), copying.uids);
    if (entries.length === 0) return { from: [], to: [] };
    const placed = await placeMany(deps, held, entries.length, messageGroups(deps, copying, entries));
    const copied = copiedOf(entries, placed.uids);
    const taken = numberSet(copied.from);
    return await commit(deps, [from, to], async ([source, target]) => {
      if (source === undefined || target === undefined) throw new Error('a mailbox without a row');
      const grown = new Draft(target, await firstBlock(deps.table, target));
      takeIn(grown, placed);
      const left = new Draft(source, new Map());
      const leaving = await entriesOf(deps.table, source, taken);
      const gone = numberSet(leaving.map(({ uid }) => uid));
      // Another moves or expunges them too: with him they are gone, and would come twice.
      if (leaving.length === 0 || leaving.length < copied.from.length) throw new Overtaken('messages went while they were moved');
      left.uncount(leaving, gone);
      left.beginLeaving();
      noteExpunge(left, from, gone, deps.clock.now());
      return { drafts: [grown, left], answer: { ...copied, slice: { gone, modseq: left.modseq(), isLeaving: true } } };
    });
  });
}
