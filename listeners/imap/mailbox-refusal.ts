import type { MailboxRefusal } from '../../core/mailbox/mailbox-store.ts';
import { noPermission } from './reach-mailbox.ts';

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

/** The same for what is found out about a name before the store is asked. */
export const nameRefusal = (refusal: MailboxRefusal | 'absent' | 'denied'): string =>
  refusal === 'denied' ? noPermission : replies[refusal === 'absent' ? 'no-such-mailbox' : refusal];

export const mailboxRefusal = (refusal: MailboxRefusal): string => replies[refusal];
