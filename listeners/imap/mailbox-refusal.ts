import type { MailboxRefusal } from '../../core/mailbox/mailbox-store.ts';

/** What CREATE, RENAME and DELETE answer, with the codes of RFC 5530, RFC 6154 and RFC 9051. */
const replies = {
  exists: 'NO [ALREADYEXISTS] There is such a mailbox already',
  'no-such-mailbox': 'NO [NONEXISTENT] No such mailbox',
  'has-children': 'NO [HASCHILDREN] The mailbox has others under it',
  'is-inbox': 'NO [CANNOT] INBOX always stays',
  'bad-name': 'NO [CANNOT] A mailbox can not have this name',
  'too-many': 'NO [LIMIT] There are too many mailboxes',
  'use-taken': 'NO [USEATTR] Another mailbox has this use',
} satisfies Record<MailboxRefusal, string>;

export const mailboxRefusal = (refusal: MailboxRefusal): string => replies[refusal];
