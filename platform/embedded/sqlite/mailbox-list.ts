import { compareMailboxNames, parentsOf } from '../../../core/mailbox/mailbox-name.ts';
import type { MailboxEntry } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Connection } from './connection.ts';
import { mailboxOf } from './mailbox-rows.ts';
import type { MailboxRow } from './operations/mailboxes.ts';

/** Mailboxes, the levels above them that have none of their own, and subscriptions whose mailbox is gone. */
export function listEntries(sql: Connection, account: AccountId): readonly MailboxEntry[] {
  const columns = 'id, account, name, special_use, uid_validity';
  const mailboxes = sql.all<MailboxRow>(`SELECT ${columns} FROM mailboxes WHERE account = ?`, account).map(mailboxOf);
  const subscribed = new Set(
    sql.all<{ name: string }>('SELECT name FROM subscriptions WHERE account = ?', account).map(({ name }) => name),
  );
  const entries = new Map<string, MailboxEntry>();
  for (const { name } of mailboxes)
    for (const parent of parentsOf(name)) entries.set(parent, { name: parent, subscribed: subscribed.has(parent) });
  for (const name of subscribed) entries.set(name, { name, subscribed: true });
  for (const mailbox of mailboxes) entries.set(mailbox.name, { name: mailbox.name, mailbox, subscribed: subscribed.has(mailbox.name) });
  return [...entries.values()].sort((a, b) => compareMailboxNames(a.name, b.name));
}
