import type { MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { countingAttributes } from '../mail-shapes.ts';
import type { MailTable } from './mail-table.ts';
import { countsOf, type MailboxRow, mailboxGone, mailboxOfKey, rowFrom, rowKey } from './mailbox-row.ts';

/** @throws MailboxGone */
export async function readRow(table: MailTable, mailbox: MailboxId): Promise<MailboxRow> {
  const item = await table.get(rowKey(mailbox));
  if (item === undefined) throw mailboxGone(mailbox);
  return rowFrom(item, mailbox);
}

/** Counts of those that are there, in no order. @param mailboxes each once */
export const readCounts = async (
  table: MailTable,
  mailboxes: readonly MailboxId[],
): Promise<readonly (readonly [MailboxId, MailboxStatus])[]> =>
  (await table.getMany(mailboxes.map(rowKey), countingAttributes)).map((item) => {
    const mailbox = mailboxOfKey(item);
    return [mailbox, countsOf(item, mailbox)];
  });
