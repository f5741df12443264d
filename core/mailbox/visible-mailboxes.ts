import type { AccountId } from '../values/address.ts';
import type { MailboxEntry, MailboxStore } from './mailbox-store.ts';

/** A name as somebody may see it. `name` is what they call it; the mailbox has its owner's name. */
export interface VisibleEntry extends MailboxEntry {
  /** A level that leads to what others share, selectable although there is nothing. */
  readonly fake?: true;
}

export interface Looking {
  /** Levels that lead to others' mailboxes can be selected. @default false */
  readonly fakes?: boolean;
  /** No name is of interest that does not begin so: others' are not even asked for when it is a name of one's own. @default '' */
  readonly beginning?: string;
}

/** All names that this account may see, as MailboxStore.list has them: its own, public ones, those that others share with it. */
export const visibleMailboxes = (
  account: AccountId,
  mailboxes: Pick<MailboxStore, 'list'>,
  _looking: Looking = {},
): Promise<readonly VisibleEntry[]> => mailboxes.list(account);
