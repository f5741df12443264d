import { deletedBit } from '../../../core/mailbox/stored-flags.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { inNumberSet, type NumberSet } from '../../../core/values/number-set.ts';
import { ownershipShape } from '../mail-shapes.ts';
import { type Draft, put } from './draft.ts';
import type { Change } from './group-commit.ts';
import type { MailTable } from './mail-table.ts';
import { recordKey } from './message-record.ts';
import { type BodyRemover, openKey, release } from './ownership.ts';
import { inGroups, readRecords, recordsAtOnce } from './records.ts';

export interface ExpungedSlice {
  readonly gone: NumberSet;
  readonly modseq: number;
}

/** Takes messages out of some blocks. An open note in the same transaction tells of the records and bodies that are left to remove. */
export const expungeChange = (
  mailbox: MailboxId,
  numbers: readonly number[],
  uids: NumberSet,
  whateverFlags: boolean,
  now: number,
): Change<ExpungedSlice> => ({
  adds: false,
  keys: [],
  along: 2, // the note, and what was expunged
  blocks: () => numbers,
  apply(draft) {
    const entries = numbers
      .flatMap((number) => draft.entriesOf(number))
      .filter(({ uid, flags }) => inNumberSet(uids, uid) && (whateverFlags || (flags & deletedBit) !== 0));
    if (entries.length === 0) return { gone: [], modseq: draft.numbers.highestModseq };
    const gone = draft.expunge(entries);
    noteExpunge(draft, mailbox, gone, now);
    return { gone, modseq: draft.modseq() };
  },
});

export function noteExpunge(draft: Draft, mailbox: MailboxId, gone: NumberSet, now: number): void {
  const { since, mailbox: b, modseq: m } = ownershipShape;
  const modseq = draft.modseq();
  draft.along.push(
    put({ ...expungeNoteKey(mailbox, modseq, gone), [since]: { N: String(now) }, [b]: { S: mailbox }, [m]: { N: String(modseq) } }),
  );
}

/** Changes in one transaction share a MODSEQ, and take different UIDs. */
const expungeNoteKey = (mailbox: MailboxId, modseq: number, gone: NumberSet) =>
  openKey(`${ownershipShape.expungedPrefix}${mailbox}/${modseq}/${gone[0]?.from ?? 0}`);

/** Removes what expunged messages left, and then the note that tells of it; what can't be removed yet is left to the purge. Safe to repeat. */
export async function removeExpunged(
  table: MailTable,
  bodies: BodyRemover,
  mailbox: MailboxId,
  { gone, modseq }: ExpungedSlice,
  now: number,
): Promise<void> {
  if (await removeRecords(table, bodies, mailbox, gone, now)) await table.deleteAll([expungeNoteKey(mailbox, modseq, gone)]);
}

/** @returns false when some are to be removed later */
export async function removeRecords(
  table: MailTable,
  bodies: BodyRemover,
  mailbox: MailboxId,
  gone: NumberSet,
  now: number,
): Promise<boolean> {
  let isWhole = true;
  for (const group of inGroups(uidsOf(gone), recordsAtOnce)) {
    const records = await readRecords(table, mailbox, group);
    if (await release(table, bodies, [...records.values()], now))
      await table.deleteAll([...records.keys()].map((uid) => recordKey(mailbox, uid)));
    else isWhole = false;
  }
  return isWhole;
}

export const uidsOf = (set: NumberSet): readonly number[] =>
  set.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
