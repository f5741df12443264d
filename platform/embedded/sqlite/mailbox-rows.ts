import { type Mailbox, MailboxGone, type MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { Connection } from './connection.ts';
import type { MailboxRow } from './operations/mailboxes.ts';

/** The port's ids are text, ours are numbers; a text of another kind names no mailbox. */
export function mailboxNumber(id: MailboxId): number {
  const number = Number(id);
  if (!Number.isSafeInteger(number) || number < 1) throw new MailboxGone(`no mailbox ${JSON.stringify(id)}`);
  return number;
}

export const mailboxOf = (row: MailboxRow): Mailbox => ({
  id: String(row.id) as MailboxId,
  account: row.account,
  name: row.name,
  uidValidity: row.uid_validity,
  ...(row.special_use === null ? {} : { specialUse: row.special_use }),
});

interface StatusRow {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly size: number;
  readonly recent: number;
  readonly uid_next: number;
  readonly highest_modseq: number;
}

/** @throws MailboxGone */
export function statusOf(sql: Connection, mailbox: number): MailboxStatus {
  const status = statusIfThere(sql, mailbox);
  if (status === undefined) throw new MailboxGone(`mailbox ${mailbox} is gone`);
  return status;
}

export function statusIfThere(sql: Connection, mailbox: number): MailboxStatus | undefined {
  const row = sql.get<StatusRow>(
    'SELECT messages, unseen, deleted, size, recent, uid_next, highest_modseq FROM mailboxes WHERE id = ?',
    mailbox,
  );
  if (row === undefined) return undefined;
  const { uid_next, highest_modseq, ...counts } = row;
  return { ...counts, uidNext: uid_next as Uid, highestModseq: BigInt(highest_modseq) as Modseq };
}
