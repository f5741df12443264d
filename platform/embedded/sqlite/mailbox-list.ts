import { mailboxEntries } from '../../../core/mailbox/mailbox-entries.ts';
import type { MailboxEntry } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Connection } from './connection.ts';
import { mailboxOf } from './mailbox-rows.ts';
import { type MailboxRow, mailboxColumns } from './operations/mailboxes.ts';

export function listEntries(sql: Connection, account: AccountId): readonly MailboxEntry[] {
  const mailboxes = sql.all<MailboxRow>(`SELECT ${mailboxColumns} FROM mailboxes WHERE account = ?`, account).map(mailboxOf);
  const subscriptions = sql.all<{ name: string }>('SELECT name FROM subscriptions WHERE account = ?', account);
  return mailboxEntries(mailboxes, new Set(subscriptions.map(({ name }) => name)));
}
