import type { AccountId, Address } from '../values/address.ts';
import type { OwnQuota } from '../values/amount.ts';

export interface Account {
  readonly id: AccountId;
  /** PHC string of the argon2id hash. Never leaves core/accounts. */
  readonly passwordHash: string;
  /** Rises with each password change; sessions of an older one are ended. */
  readonly credentialVersion: number;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  /** Where it differs from the settings. */
  readonly quota?: OwnQuota;
}

/** Where mail for an address goes. Among the accounts are public mailboxes that an alias leads to (see public-maildrop.ts). */
export type Destination =
  | { readonly kind: 'local'; readonly accounts: readonly AccountId[]; readonly forwards: readonly Address[] }
  /** The domain is ours, the address is nobody's: 550 5.1.1. */
  | { readonly kind: 'unknown' }
  /** The domain is not ours. */
  | { readonly kind: 'remote' };

export interface Alias {
  readonly address: Address;
  /** Accounts or aliases of ours, outside addresses, or public mailboxes (see public-maildrop.ts). */
  readonly targets: readonly Address[];
}

/** An alias is a short list of people, not a mailing list. */
export const maxTargets = 1000;

export type DirectoryRefusal = 'exists' | 'no-such-account' | 'no-such-alias' | 'alias-loop' | 'is-account';

/**
 * Who has mail here. A domain is local while an account or alias stands in it. Changes are durable when they resolve and seen by all
 * processes within two seconds.
 */
export interface AccountDirectory {
  find(id: AccountId): Promise<Account | undefined>;
  /** Follows aliases (at most 10 deep, each address once); `user+detail` falls back to `user` (RFC 5233). Local parts match without case. `postmaster`, with no domain or at a domain of ours where nobody has the name, is the first account's (RFC 5321 section 4.5.1). */
  resolve(address: Address): Promise<Destination>;
  /** May this account send as this address? Its own (with or without detail), or an alias that leads to it. */
  maySendAs(account: AccountId, sender: Address): Promise<boolean>;
  /** Sorted by their ids. */
  list(): Promise<readonly Pick<Account, 'id' | 'createdAt'>[]>;
  /** Accounts that have this local part, in lower case, at any domain. @returns two of them, when there are more: then nobody is meant */
  named(localPart: string): Promise<readonly AccountId[]>;
  /** Makes INBOX, Drafts, Sent, Junk, Trash and Archive with their special uses. */
  add(id: AccountId, passwordHash: string): Promise<Account | DirectoryRefusal>;
  /** The account, its mailboxes and messages. */
  remove(id: AccountId): Promise<'removed' | DirectoryRefusal>;
  setPassword(id: AccountId, passwordHash: string): Promise<Account | DirectoryRefusal>;
  /** What is left out goes by the settings again. Sessions are left alone. */
  setQuota(id: AccountId, quota: OwnQuota): Promise<'set' | DirectoryRefusal>;
  listAliases(): Promise<readonly Alias[]>;
  addAlias(alias: Alias): Promise<'added' | DirectoryRefusal>;
  removeAlias(address: Address): Promise<'removed' | DirectoryRefusal>;
  /** @param changed called with the account whose password changed or that was removed, in any process */
  watch(changed: (id: AccountId) => void): () => void;
}
