import type { AccountId } from '../values/address.ts';
import type { MailboxEntry, MailboxStore } from './mailbox-store.ts';

/** All names that this account may see, as MailboxStore.list has them. */
export const visibleMailboxes = (account: AccountId, mailboxes: Pick<MailboxStore, 'list'>): Promise<readonly MailboxEntry[]> =>
  mailboxes.list(account);
