import { compareMailboxNames, parentsOf } from './mailbox-name.ts';
import type { Mailbox, MailboxEntry } from './mailbox-store.ts';

/** Mailboxes, the levels above them that have none of their own, and subscriptions whose mailbox is gone; in the order of LIST. */
export function mailboxEntries(mailboxes: readonly Mailbox[], subscribed: ReadonlySet<string>): readonly MailboxEntry[] {
  const entries = new Map<string, MailboxEntry>();
  for (const { name } of mailboxes)
    for (const parent of parentsOf(name)) entries.set(parent, { name: parent, subscribed: subscribed.has(parent) });
  for (const name of subscribed) entries.set(name, { name, subscribed: true });
  for (const mailbox of mailboxes) entries.set(mailbox.name, { name: mailbox.name, mailbox, subscribed: subscribed.has(mailbox.name) });
  return [...entries.values()].sort((a, b) => compareMailboxNames(a.name, b.name));
}
