import type { MailboxChanges } from '../../../core/mailbox/mailbox-changes.ts';
import type { ChangeFeed } from './change-feed.ts';
import { mailboxNumber } from './mailbox-rows.ts';

export const sqliteMailboxChanges = (feed: ChangeFeed): MailboxChanges => ({
  watch: (mailbox, heard) => feed.watchMailbox(mailboxNumber(mailbox), heard),
  watchNames: (whose, heard) => feed.watchNames(whose, heard),
});
