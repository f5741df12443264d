import type { MailboxId } from '../../../core/values/ids.ts';
import type { MailTable } from './mail-table.ts';
import { type MailboxRow, mailboxGone, mailboxOfKey, rowFrom, rowKey } from './mailbox-row.ts';

/** @throws MailboxGone */
export async function readRow(table: MailTable, mailbox: MailboxId): Promise<MailboxRow> {
  const item = await table.get(rowKey(mailbox));
  if (item === undefined) throw mailboxGone(mailbox);
  return rowFrom(item, mailbox);
}

/** Rows that are there, in no order. @param mailboxes each once */
export const readRows = async (table: MailTable, mailboxes: readonly MailboxId[]): Promise<readonly MailboxRow[]> =>
  (await table.getMany(mailboxes.map(rowKey))).map((item) => rowFrom(item, mailboxOfKey(item)));
