import type { AccountId } from '../values/address.ts';
import type { Mailbox, MailboxStore } from './mailbox-store.ts';

/** Where suspicious mail of an account goes: the mailbox marked for it, else one named Junk, which is made. @returns undefined when that can't be */
export async function junkMailbox(account: AccountId, mailboxes: MailboxStore): Promise<Mailbox | undefined> {
  const marked = (await mailboxes.list(account)).find(({ mailbox }) => mailbox?.specialUse === '\\Junk')?.mailbox;
  const found = marked ?? (await mailboxes.find(account, 'Junk'));
  if (found !== undefined) return found;
  const made = await mailboxes.create(account, 'Junk', '\\Junk');
  return typeof made === 'string' ? await mailboxes.find(account, 'Junk') : made;
}
