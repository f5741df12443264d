import { deletedBit, readFlags, seenBit, storeFlags } from '../../../../core/mailbox/stored-flags.ts';
import { applyFlagChange, type Flag, type FlagChange } from '../../../../core/values/flags.ts';
import type { NumberSet } from '../../../../core/values/number-set.ts';
import type { FlagEntry } from '../flag-block.ts';
import { sliceOf } from '../in-slices.ts';
import type { Write } from '../write.ts';
import { countersOf } from './append.ts';
import { FlagEntries, putFlags } from './flag-blocks.ts';

export interface ChangeFlags {
  readonly mailbox: number;
  readonly uids: NumberSet;
  readonly change: FlagChange;
  readonly unchangedSince?: bigint | undefined;
}

export interface ChangedFlags {
  readonly changed: readonly { readonly uid: number; readonly flags: readonly Flag[] }[];
  readonly refused: readonly number[];
  readonly modseq: number;
  /** See inSlices. */
  readonly next?: number | undefined;
}

/** Works on a slice of the set, see inSlices. One MODSEQ for all that change in it; what is so already is left alone. */
export function changeFlags(write: Write, { mailbox, uids, change, unchangedSince }: ChangeFlags): ChangedFlags {
  const modseq = countersOf(write, mailbox).highest_modseq + 1;
  const changed: FlagEntry[] = [];
  const refused: number[] = [];
  const sum = { unseen: 0, deleted: 0 };
  const before = new FlagEntries(write.sql, mailbox);
  const { rows, next } = sliceOf(uids, (range, most) => before.in(range, { most }));
  for (const row of rows) {
    if (unchangedSince !== undefined && BigInt(row.modseq) > unchangedSince) {
      refused.push(row.uid);
      continue;
    }
    const after = storeFlags(applyFlagChange(readFlags(row), change));
    if (after.flags === row.flags && after.keywords === row.keywords) continue;
    sum.unseen += has(row.flags, seenBit) - has(after.flags, seenBit);
    sum.deleted += has(after.flags, deletedBit) - has(row.flags, deletedBit);
    changed.push({ uid: row.uid, modseq, ...after });
  }
  if (changed.length > 0) {
    putFlags(write.sql, mailbox, changed);
    noteChange(write, mailbox, modseq, sum);
  }
  return { changed: changed.map((entry) => ({ uid: entry.uid, flags: readFlags(entry) })), refused, modseq, next };
}

function noteChange(write: Write, mailbox: number, modseq: number, sum: { readonly unseen: number; readonly deleted: number }): void {
  write.sql.run(
    'UPDATE mailboxes SET highest_modseq = ?, unseen = unseen + ?, deleted = deleted + ? WHERE id = ?',
    modseq,
    sum.unseen,
    sum.deleted,
    mailbox,
  );
  write.effects.mailboxes.add(mailbox);
}

const has = (flags: number, bit: number): number => ((flags & bit) === 0 ? 0 : 1);

/** @returns the UIDs that are \Recent for the session that claims now */
export function claimRecent(write: Write, { mailbox }: { readonly mailbox: number }): NumberSet {
  const { uid_next } = countersOf(write, mailbox);
  const row = write.sql.get<{ recent_from: number }>('SELECT recent_from FROM mailboxes WHERE id = ?', mailbox);
  write.sql.run('UPDATE mailboxes SET recent_from = uid_next, recent = 0 WHERE id = ?', mailbox);
  const from = row?.recent_from ?? 1;
  return from < uid_next ? [{ from, to: uid_next - 1 }] : [];
}
