import { createHash } from 'node:crypto';
import type { Identifier } from '../../../core/accounts/acl.ts';
import type { MailboxId } from '../../../core/values/ids.ts';

/** No store gives ids of mailboxes that begin so. */
const mark = 'names-';

/**
 * Somebody's names are watched as a mailbox is, under an id of their own: the same row, the same hints. Addresses may be longer than an id can be, so that
 * it is made of a hash.
 */
export const namesOf = (whose: Identifier): MailboxId => (mark + createHash('sha256').update(whose).digest('base64url')) as MailboxId;

export const areNames = (watched: MailboxId): boolean => watched.startsWith(mark);
