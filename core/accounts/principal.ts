import type { AccountId } from '../values/address.ts';
import type { Rights } from './rights.ts';

/** Who is logged in without being anybody. No account has this name: those have an `@`. */
export const anonymousAccount = 'anonymous' as AccountId;

/** Whose the public mailboxes are. Nobody can log in as it: a login name becomes an address first, and this is none. */
export const publicOwner = '#public' as AccountId;

export const isAnonymous = (account: AccountId): boolean => account === anonymousAccount;

/** Somebody who has mailboxes and subscriptions of their own, and may see those that others share. */
export const isPerson = (account: AccountId): boolean => account !== anonymousAccount && account !== publicOwner;

/** All that anybody can be given who is nobody: to look and read. Not to set \Seen, which the next one would meet. */
export const anonymousRights: Rights = new Set(['l', 'r']);
