import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Account, DirectoryRefusal } from '../../../core/accounts/account-directory.ts';
import { firstMailboxes } from '../../../core/mailbox/first-mailboxes.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { OwnQuota } from '../../../core/values/amount.ts';
import type { MailboxId, NewId } from '../../../core/values/ids.ts';
import { Expression } from '../dynamodb/expression.ts';
import { readItem } from '../dynamodb/read-item.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { newMailboxRow } from '../mailboxes/mailbox-row.ts';
import { type NamedMailbox, nameItem, root } from '../mailboxes/name-items.ts';
import type { NameTable } from '../mailboxes/name-table.ts';
import { addressTableShape } from '../table-shapes.ts';
import type { Attempt } from '../until-applied.ts';
import {
  accountOf,
  entryKey,
  newOwnItem,
  nextCredentialVersion,
  nextUidValidity,
  number,
  type OwnItem,
  type OwnNames,
  ownKey,
  subscriptionKey,
} from './account-items.ts';
import { addingAccount, addressKey, type First, firstOf, firstWrite, keyOfAddress } from './address-writes.ts';
import type { ChangeLog, LoggedChange } from './change-log.ts';

export interface AccountTables {
  readonly mail: NameTable;
  readonly addresses: string;
  readonly log: ChangeLog;
}

export interface NewAccount {
  readonly id: AccountId;
  readonly passwordHash: string;
  /** ms since the epoch. */
  readonly now: number;
  readonly newId: NewId;
}

/** The account, its address, its first mailboxes and their rows. */
export async function addAttempt(
  tables: AccountTables,
  { id, passwordHash, now, newId }: NewAccount,
): Promise<Attempt<Account | DirectoryRefusal>> {
  const [old, taken, first] = await Promise.all([tables.mail.own(id), isTaken(tables, id), readFirst(tables)]);
  if (taken || old?.passwordHash !== undefined) return { answer: 'exists' };
  const account = { id, passwordHash, createdAt: now, credentialVersion: nextCredentialVersion(old?.credentialVersion ?? 0, now) };
  const mailboxes = firstOnes(old?.uidValidity ?? 0, now, newId);
  const after = first === undefined ? { account: id, accounts: 1 } : { ...first, accounts: first.accounts + 1 };
  const { name: TableName } = tables.mail;
  const writes: readonly TransactWriteItem[] = [
    { Put: { TableName, Item: newOwnItem(account, newOwn(mailboxes, old?.treeVersion ?? 0)), ...asLeft(old) } },
    { Put: { TableName, Item: { ...entryKey(id), [shape.createdAt]: number(now) } } },
    ...addingAccount(tables.addresses, id),
    firstWrite(tables.addresses, first, after),
    ...mailboxes.flatMap(([name, mailbox]) => [
      { Put: { TableName, Item: nameItem(id, { parent: root, leaf: name, id: newId(), mailbox, inferiors: 0, filling: false }) } },
      { Put: { TableName, Item: newMailboxRow(mailbox) } },
      { Put: { TableName, Item: subscriptionKey(id, name) } },
    ]),
  ];
  return { writes, done: account };
}

type Named = readonly [name: string, mailbox: NamedMailbox];

function firstOnes(last: number, now: number, newId: NewId): readonly Named[] {
  let uidValidity = last;
  return firstMailboxes.map(([name, specialUse]): Named => {
    uidValidity = nextUidValidity(uidValidity, now);
    return [name, { id: newId() as MailboxId, uidValidity, specialUse, acl: undefined }];
  });
}

const newOwn = (mailboxes: readonly Named[], treeVersion: number): OwnNames => ({
  uidValidity: Math.max(...mailboxes.map(([, mailbox]) => mailbox.uidValidity)),
  treeVersion: treeVersion + 1,
  names: mailboxes.length,
  subscriptions: mailboxes.length,
  uses: new Set(mailboxes.flatMap(([, { specialUse }]) => specialUse ?? [])),
});

/** Nothing stands there, or what a removed account left for its numbers' sake, without mailboxes. */
function asLeft(old: OwnItem | undefined) {
  if (old === undefined)
    return { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': mail.partitionKey } };
  const x = new Expression();
  const ConditionExpression = [
    `attribute_not_exists(${x.name(shape.passwordHash)})`,
    `attribute_exists(${x.name(mail.expiry)})`,
    `${x.name(shape.treeVersion)} = ${x.number(old.treeVersion)}`,
  ].join(' AND ');
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

/** TTL may take what a removed account left between the read and the write: then the condition fails, and all is read again. */
async function isTaken(tables: AccountTables, id: AccountId): Promise<boolean> {
  return (await readItem(tables.mail.client, tables.addresses, keyOfAddress(id))) !== undefined;
}

export async function readFirst(tables: AccountTables): Promise<First | undefined> {
  const item = await readItem(tables.mail.client, tables.addresses, addressKey(addressTableShape.firstKey));
  return item && firstOf(item);
}

export interface Logged<T> {
  readonly done: T;
  readonly change: LoggedChange;
}

export async function passwordAttempt(
  tables: AccountTables,
  { id, passwordHash, now }: Omit<NewAccount, 'newId'>,
): Promise<Attempt<Logged<Account> | DirectoryRefusal>> {
  const [own, last] = await Promise.all([tables.mail.own(id), tables.log.last()]);
  const old = accountOf(id, own);
  if (old === undefined) return { answer: 'no-such-account' };
  const account = { ...old, passwordHash, credentialVersion: nextCredentialVersion(old.credentialVersion, now) };
  const change = { number: last + 1, account: id, at: now };
  return { writes: [passwordWrite(tables.mail.name, old, account), ...tables.log.writes(change)], done: { done: account, change } };
}

function passwordWrite(TableName: string, old: Account, { id, passwordHash, credentialVersion }: Account): TransactWriteItem {
  const x = new Expression();
  const [hash, version] = [x.name(shape.passwordHash), x.name(shape.credentialVersion)];
  return {
    Update: {
      TableName,
      Key: ownKey(id),
      UpdateExpression: `SET ${hash} = ${x.text(passwordHash)}, ${version} = ${x.number(credentialVersion)}`,
      ConditionExpression: `attribute_exists(${hash}) AND ${version} = ${x.number(old.credentialVersion)}`,
      ExpressionAttributeNames: x.names,
      ExpressionAttributeValues: x.values,
    },
  };
}

/** One attribute each, so that a login that reads the account reads its quota too. */
export async function quotaAttempt(
  tables: AccountTables,
  id: AccountId,
  { octets, messages }: OwnQuota,
): Promise<Attempt<'set' | DirectoryRefusal>> {
  if (accountOf(id, await tables.mail.own(id)) === undefined) return { answer: 'no-such-account' };
  const x = new Expression();
  const given = [
    [shape.quotaOctets, octets],
    [shape.quotaMessages, messages],
  ] as const;
  const set = given.flatMap(([name, value]) => (value === undefined ? [] : [`${x.name(name)} = ${x.number(value)}`]));
  const removed = given.flatMap(([name, value]) => (value === undefined ? [x.name(name)] : []));
  const clauses = [
    ...(set.length === 0 ? [] : [`SET ${set.join(', ')}`]),
    ...(removed.length === 0 ? [] : [`REMOVE ${removed.join(', ')}`]),
  ];
  const update = {
    TableName: tables.mail.name,
    Key: ownKey(id),
    UpdateExpression: clauses.join(' '),
    ConditionExpression: `attribute_exists(${x.name(shape.passwordHash)})`,
    ExpressionAttributeNames: x.names,
    ...(set.length === 0 ? {} : { ExpressionAttributeValues: x.values }),
  };
  return { writes: [{ Update: update }], done: 'set' };
}
