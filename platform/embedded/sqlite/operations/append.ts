import { MailboxGone } from '../../../../core/mailbox/mailbox-store.ts';
import { deletedBit, type StoredFlags, seenBit } from '../../../../core/mailbox/stored-flags.ts';
import { maxUid } from '../../../../core/values/uid.ts';
import type { FlagEntry } from '../flag-block.ts';
import type { Write } from '../write.ts';
import { type BodyToTake, takeBody } from './body-rows.ts';
import { putFlags } from './flag-blocks.ts';

/** A message ready to be placed: its body is a row already and its reference is counted by the caller. */
export interface PlacedMessage extends StoredFlags {
  readonly body: number;
  readonly bodySize: number;
  readonly prefix: string;
  readonly date: number;
  readonly key?: string | undefined;
}

export interface MessageToAppend extends StoredFlags {
  readonly body: BodyToTake;
  readonly prefix: string;
  readonly date: number;
  readonly key?: string | undefined;
}

export interface Placed {
  readonly uid: number;
  readonly modseq: number;
  readonly fresh: boolean;
}

export interface MailboxCounters {
  readonly uid_next: number;
  readonly highest_modseq: number;
}

export function append(
  write: Write,
  args: { readonly mailbox: number; readonly messages: readonly MessageToAppend[]; readonly now: number },
): readonly Placed[] {
  const counters = countersOf(write, args.mailbox);
  return placeAll(write, args.mailbox, counters, args.now, args.messages, ({ body, ...rest }) => {
    const { seq, size } = takeBody(write, body, 1);
    return { ...rest, body: seq, bodySize: size };
  });
}

/** @throws MailboxGone */
export function countersOf({ sql }: Write, mailbox: number): MailboxCounters {
  const row = sql.get<MailboxCounters>('SELECT uid_next, highest_modseq FROM mailboxes WHERE id = ?', mailbox);
  if (row === undefined) throw new MailboxGone(`mailbox ${mailbox} is gone`);
  return row;
}

/**
 * Gives each message the next UID, and all of them the mailbox's next MODSEQ, inside the transaction that stores them: nobody can see a
 * number whose message is not there.
 * @param place makes the body's row; called only for messages whose key has not been seen
 */
export function placeAll<M extends { readonly key?: string | undefined }>(
  write: Write,
  mailbox: number,
  counters: MailboxCounters,
  now: number,
  messages: readonly M[],
  place: (message: M) => PlacedMessage,
): readonly Placed[] {
  const modseq = counters.highest_modseq + 1;
  const sum = { unseen: 0, deleted: 0, size: 0 };
  const added: FlagEntry[] = [];
  const placed = messages.map((message) => {
    const before = message.key === undefined ? undefined : landedBefore(write, mailbox, message.key);
    if (before !== undefined) return { uid: before, modseq: counters.highest_modseq, fresh: false };
    const uid = counters.uid_next + added.length;
    if (uid >= maxUid) throw new Error(`mailbox ${mailbox} has used up its UIDs`);
    const one = place(message);
    insertMessage(write, mailbox, uid, one, now);
    added.push({ uid, modseq, flags: one.flags, keywords: one.keywords });
    sum.unseen += (one.flags & seenBit) === 0 ? 1 : 0;
    sum.deleted += (one.flags & deletedBit) === 0 ? 0 : 1;
    sum.size += one.prefix.length + one.bodySize;
    return { uid, modseq, fresh: true };
  });
  if (added.length > 0) {
    putFlags(write.sql, mailbox, added);
    write.sql.run(
      `UPDATE mailboxes SET uid_next = uid_next + ?1, highest_modseq = ?2, messages = messages + ?1, recent = recent + ?1,
        unseen = unseen + ?3, deleted = deleted + ?4, size = size + ?5 WHERE id = ?6`,
      added.length,
      modseq,
      sum.unseen,
      sum.deleted,
      sum.size,
      mailbox,
    );
    write.effects.mailboxes.add(mailbox);
  }
  return placed;
}

function insertMessage({ sql }: Write, mailbox: number, uid: number, one: PlacedMessage, now: number): void {
  sql.run(
    'INSERT INTO messages (mailbox, uid, date, body, prefix, size, saved) VALUES (?, ?, ?, ?, ?, ?, ?)',
    mailbox,
    uid,
    one.date,
    one.body,
    one.prefix,
    one.prefix.length + one.bodySize,
    now,
  );
  if (one.key !== undefined) sql.run('INSERT INTO deliveries (mailbox, key, uid, at) VALUES (?, ?, ?, ?)', mailbox, one.key, uid, now);
}

/** @returns the UID this key got the first time, 0 when that message is gone, undefined for a new key */
function landedBefore({ sql }: Write, mailbox: number, key: string): number | undefined {
  const row = sql.get<{ uid: number }>('SELECT uid FROM deliveries WHERE mailbox = ? AND key = ?', mailbox, key);
  if (row === undefined) return undefined;
  return sql.get('SELECT 1 FROM messages WHERE mailbox = ? AND uid = ?', mailbox, row.uid) === undefined ? 0 : row.uid;
}
