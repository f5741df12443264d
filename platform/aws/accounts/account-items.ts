import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Account } from '../../../core/accounts/account-directory.ts';
import type { SpecialUse } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { OwnQuota } from '../../../core/values/amount.ts';
import { type Attributes, optionalWhole, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';

export type Key = Record<string, AttributeValue>;

export const mailKey = (partition: string, sortKey: string): Key => ({
  [mail.partitionKey]: { S: partition },
  [mail.sortKey]: { S: sortKey },
});

export const partitionOf = (account: AccountId): string => mail.accountPrefix + account;
export const ownKey = (account: AccountId): Key => mailKey(partitionOf(account), shape.own);
export const entryKey = (account: AccountId): Key => mailKey(mail.accounts, account);
export const leavingKey = (account: AccountId): Key => mailKey(mail.leaving, account);
export const subscriptionKey = (account: AccountId, name: string): Key => mailKey(partitionOf(account), shape.subscriptionPrefix + name);

/** An account's own item. */
export interface OwnItem {
  /** Undefined: the account was removed. */
  readonly passwordHash: string | undefined;
  readonly credentialVersion: number;
  readonly createdAt: number;
  /** The last one that was given. */
  readonly uidValidity: number;
  readonly treeVersion: number;
  readonly names: number;
  readonly subscriptions: number;
  readonly uses: ReadonlySet<SpecialUse>;
  readonly quota: OwnQuota | undefined;
  /** Seconds since 1970, of a removed account that has no mailboxes any more. */
  readonly expiry: number | undefined;
}

export function ownItemOf(item: Attributes, account: AccountId): OwnItem {
  const whole = (name: string): number => wholeNumber(item[name], `account ${account} ${name}`);
  return {
    passwordHash: item[shape.passwordHash]?.S,
    credentialVersion: whole(shape.credentialVersion),
    createdAt: whole(shape.createdAt),
    uidValidity: whole(shape.uidValidity),
    treeVersion: whole(shape.treeVersion),
    names: optionalWhole(item[shape.names], shape.names) ?? 0,
    subscriptions: optionalWhole(item[shape.subscriptions], shape.subscriptions) ?? 0,
    uses: new Set((item[shape.uses]?.SS ?? []) as SpecialUse[]),
    quota: quotaOf(item),
    expiry: optionalWhole(item[mail.expiry], mail.expiry),
  };
}

function quotaOf(item: Attributes): OwnQuota | undefined {
  const octets = optionalWhole(item[shape.quotaOctets], shape.quotaOctets);
  const messages = optionalWhole(item[shape.quotaMessages], shape.quotaMessages);
  if (octets === undefined && messages === undefined) return undefined;
  return { ...(octets === undefined ? {} : { octets }), ...(messages === undefined ? {} : { messages }) };
}

/** @returns undefined of an account that was removed */
export function accountOf(id: AccountId, own: OwnItem | undefined): Account | undefined {
  if (own?.passwordHash === undefined) return undefined;
  const { passwordHash, credentialVersion, createdAt, quota } = own;
  return { id, passwordHash, credentialVersion, createdAt, ...(quota === undefined ? {} : { quota }) };
}

/** What an account's item has of its names. */
export type OwnNames = Pick<OwnItem, 'uidValidity' | 'treeVersion' | 'names' | 'subscriptions' | 'uses'>;

export function newOwnItem(account: Account, { uidValidity, treeVersion, names, subscriptions, uses }: OwnNames): Attributes {
  return {
    ...ownKey(account.id),
    [shape.passwordHash]: { S: account.passwordHash },
    [shape.credentialVersion]: number(account.credentialVersion),
    [shape.createdAt]: number(account.createdAt),
    [shape.uidValidity]: number(uidValidity),
    [shape.treeVersion]: number(treeVersion),
    [shape.names]: number(names),
    [shape.subscriptions]: number(subscriptions),
    [shape.uses]: { SS: [...uses] },
  };
}

/** The time in seconds or, when that was given before, the next number: no mailbox of an account ever gets one a second time. */
export const nextUidValidity = (last: number, now: number): number => Math.max(last + 1, Math.floor(now / 1000), 1);

/** Of the time too: one of an account that was made anew is above those of the old one, whatever is known of it. */
export const nextCredentialVersion = (last: number, now: number): number => Math.max(last + 1, Math.floor(now));

export const number = (value: number): AttributeValue => ({ N: String(value) });
