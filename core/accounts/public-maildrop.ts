import { parseMailboxName } from '../mailbox/mailbox-name.ts';
import type { AccountId, Address } from '../values/address.ts';

const beginning = '#public/';

/** A target of aliases that is no address: the public mailbox that the mail goes into. @returns undefined for what names none */
export function parsePublicTarget(text: string): Address | undefined {
  const name = text.startsWith(beginning) ? parseMailboxName(text.slice(beginning.length)) : undefined;
  return name === undefined ? undefined : ((beginning + name) as string as Address);
}

/** It stands among the accounts that a destination names: nobody logs in as it, and it has one mailbox. */
export const maildropOfTarget = (target: Address): AccountId | undefined =>
  target.startsWith(beginning) ? (target as string as AccountId) : undefined;

/** @returns the name of the public mailbox that is meant; undefined for an account like others */
export const publicMailboxOf = (account: AccountId): string | undefined =>
  account.startsWith(beginning) ? account.slice(beginning.length) : undefined;
