import { deletedBit, seenBit } from '../../../../core/mailbox/stored-flags.ts';
import { type NumberSet, numberSet } from '../../../../core/values/number-set.ts';
import type { Connection } from '../connection.ts';
import type { FlagEntry } from '../flag-block.ts';
import { sliceOf } from '../in-slices.ts';
import type { Write } from '../write.ts';
import { countersOf } from './append.ts';
import { changeRefs } from './body-rows.ts';
import { dropFlags, FlagEntries, flagless } from './flag-blocks.ts';

interface Removable {
  readonly uid: number;
  readonly flags: number;
  readonly size: number;
  readonly body: number;
}

export interface Expunged {
  readonly expunged: NumberSet;
  readonly modseq: number;
  /** See inSlices. */
  readonly next?: number | undefined;
}

/** Expunges a slice of the set, see inSlices. */
export function expunge(
  write: Write,
  { mailbox, uids, whateverFlags }: { readonly mailbox: number; readonly uids: NumberSet; readonly whateverFlags: boolean },
): Expunged {
  const { highest_modseq } = countersOf(write, mailbox);
  const mask = whateverFlags ? 0 : deletedBit;
  const flags = new FlagEntries(write.sql, mailbox);
  const { rows, next } = sliceOf(uids, (range, most) => removable(write.sql, mailbox, flags.in(range, { most, mask })));
  if (rows.length === 0) return { expunged: [], modseq: highest_modseq };
  for (const { body } of rows) changeRefs(write, body, -1);
  return { expunged: removeRows(write, mailbox, rows, highest_modseq + 1), modseq: highest_modseq + 1, next };
}

export const removable = (sql: Connection, mailbox: number, entries: readonly FlagEntry[]): readonly Removable[] =>
  entries.map(({ uid, flags }) => {
    const wanted = 'SELECT size, body FROM messages WHERE mailbox = ? AND uid = ?';
    return { ...(sql.get<Pick<Removable, 'size' | 'body'>>(wanted, mailbox, uid) ?? flagless(mailbox, uid)), uid, flags };
  });

/** Takes the rows out of the mailbox and its counts, and keeps for ever that they are gone (VANISHED). Bodies are the caller's. */
export function removeRows(write: Write, mailbox: number, rows: readonly Removable[], modseq: number): NumberSet {
  const gone = numberSet(rows.map(({ uid }) => uid));
  for (const { uid } of rows) write.sql.run('DELETE FROM messages WHERE mailbox = ? AND uid = ?', mailbox, uid);
  dropFlags(
    write.sql,
    mailbox,
    rows.map(({ uid }) => uid),
  );
  noteGone(write, mailbox, gone, modseq);
  const recentFrom = write.sql.get<{ recent_from: number }>('SELECT recent_from FROM mailboxes WHERE id = ?', mailbox)?.recent_from ?? 1;
  const count = (test: (row: Removable) => boolean): number => rows.filter(test).length;
  write.sql.run(
    `UPDATE mailboxes SET highest_modseq = ?, messages = messages - ?, unseen = unseen - ?, deleted = deleted - ?, size = size - ?,
      recent = recent - ? WHERE id = ?`,
    modseq,
    rows.length,
    count(({ flags }) => (flags & seenBit) === 0),
    count(({ flags }) => (flags & deletedBit) !== 0),
    rows.reduce((sum, { size }) => sum + size, 0),
    count(({ uid }) => uid >= recentFrom),
    mailbox,
  );
  write.effects.mailboxes.add(mailbox);
  return gone;
}

export function noteGone({ sql }: Write, mailbox: number, gone: NumberSet, modseq: number): void {
  for (const { from, to } of gone) {
    sql.run('INSERT INTO expunged (mailbox, modseq, uid_from, uid_to) VALUES (?, ?, ?, ?)', mailbox, modseq, from, to);
  }
}
