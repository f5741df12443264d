import type { MailboxId } from '../../../core/values/ids.ts';
import type { MailTable } from './mail-table.ts';
import { type MailboxRow, mailboxGone, mailboxOfKey, rowFrom, rowKey } from './mailbox-row.ts';

/** @throws MailboxGone */
export async function readRow(table: MailTable, mailbox: MailboxId): Promise<MailboxRow> {
  const item = await table.get(rowKey(mailbox));
  if (item === undefined) throw mailboxGone(mailbox);
  return rowFrom(item, mailbox);
}

/** One request of the table takes 100 keys; so many are under way at once, so that ten thousand mailboxes take some 25 round trips. */
const rowsPerRequest = 100;
const requestsAtOnce = 4;

/** Rows that are there, in no order. @param mailboxes each once */
export async function readRows(table: MailTable, mailboxes: readonly MailboxId[]): Promise<readonly MailboxRow[]> {
  const rows: MailboxRow[] = [];
  let at = 0;
  const readOn = async (): Promise<void> => {
    while (at < mailboxes.length) {
      const some = mailboxes.slice(at, at + rowsPerRequest);
      at += rowsPerRequest;
      for (const item of await table.getAll(some.map(rowKey))) rows.push(rowFrom(item, mailboxOfKey(item)));
    }
  };
  await Promise.all(Array.from({ length: requestsAtOnce }, readOn));
  return rows;
}
