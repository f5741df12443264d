import { type Acl, emptyAcl } from '../../../core/accounts/acl.ts';
import { aclOf } from '../../../core/accounts/acl-text.ts';
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
  objectId: row.object_id,
  account: row.account,
  name: row.name,
  uidValidity: row.uid_validity,
  ...(row.special_use === null ? {} : { specialUse: row.special_use }),
  ...(row.acl === null ? {} : { acl: aclOf(row.acl) ?? emptyAcl }),
});

interface StatusRow {
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly size: number;
  readonly recent: number;
  readonly uid_next: number;
  readonly highest_modseq: number;
  readonly acl: string | null;
}

/** @throws MailboxGone */
export const statusOf = (sql: Connection, mailbox: number): MailboxStatus => openedRow(sql, mailbox).status;

/** @throws MailboxGone */
export function openedRow(sql: Connection, mailbox: number): OpenedRow {
  const row = rowIfThere(sql, mailbox);
  if (row === undefined) throw new MailboxGone(`mailbox ${mailbox} is gone`);
  return row;
}

export const statusIfThere = (sql: Connection, mailbox: number): MailboxStatus | undefined => rowIfThere(sql, mailbox)?.status;

interface OpenedRow {
  readonly status: MailboxStatus;
  readonly acl: Acl | undefined;
}

function rowIfThere(sql: Connection, mailbox: number): OpenedRow | undefined {
  const row = sql.get<StatusRow>(
    'SELECT messages, unseen, deleted, size, recent, uid_next, highest_modseq, acl FROM mailboxes WHERE id = ?',
    mailbox,
  );
  if (row === undefined) return undefined;
  const { uid_next, highest_modseq, acl, ...counts } = row;
  return { status: { ...counts, uidNext: uid_next as Uid, highestModseq: BigInt(highest_modseq) as Modseq }, acl: aclOf(acl) };
}
