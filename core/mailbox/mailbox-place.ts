import { isAnonymous, publicOwner } from '../accounts/principal.ts';
import { type AccountId, parseAccountId } from '../values/address.ts';
import { separator } from './mailbox-name.ts';

/** Where a name leads: whose mailbox it is, and what that one calls it. */
export interface MailboxPlace {
  readonly owner: AccountId;
  /** Its own name there; not yet checked. Empty for the level that all of that owner's mailboxes stand under. */
  readonly name: string;
}

/** First levels of the namespaces of others (RFC 2342 section 5). */
export const usersLevel = '#users';
export const publicLevel = '#public';

/**
 * What a name that somebody gives means: `#users/<address>/…` is another account's, `#public/…` is nobody's, all else is their own. For
 * who is anonymous there are public ones alone.
 * @returns the level `#users` itself; undefined for a name that can be nobody's. Whether there is such an account is not looked at
 */
export function placeOf(text: string, account: AccountId): MailboxPlace | 'users' | undefined {
  if (!text.startsWith('#')) return isAnonymous(account) ? undefined : { owner: account, name: text };
  const [first = '', second = '', ...rest] = text.split(separator);
  const space = first.toLowerCase();
  if (space === publicLevel) return { owner: publicOwner, name: [second, ...rest].join(separator) };
  if (space !== usersLevel || isAnonymous(account)) return undefined;
  if (second === '') return rest.length === 0 ? 'users' : undefined;
  const owner = parseAccountId(second.normalize('NFC'));
  // One's own mailboxes have one name each: two would be shown as two mailboxes.
  return owner === undefined || owner === account ? undefined : { owner, name: rest.join(separator) };
}

/** The other way round: how somebody sees a mailbox. @returns undefined for one of an account whose address has a `/` or a wildcard in it, which can be no level */
export function nameSeen({ owner, name }: MailboxPlace, account: AccountId): string | undefined {
  if (owner === account) return name;
  const under = owner === publicOwner ? publicLevel : canBeLevel.test(owner) ? `${usersLevel}${separator}${owner}` : undefined;
  return under === undefined || name === '' ? under : `${under}${separator}${name}`;
}

const canBeLevel = /^[^/%*]+$/;
