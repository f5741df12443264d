import type { MailboxId } from '../../../core/values/ids.ts';
import type { MailTable } from './mail-table.ts';
import { type MailboxRow, mailboxGone, rowFrom, rowKey } from './mailbox-row.ts';

/** @throws MailboxGone */
export async function readRow(table: MailTable, mailbox: MailboxId): Promise<MailboxRow> {
  const item = await table.get(rowKey(mailbox));
  if (item === undefined) throw mailboxGone(mailbox);
  return rowFrom(item, mailbox);
}
