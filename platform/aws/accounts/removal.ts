import type { DynamoDBClient, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Account, DirectoryRefusal } from '../../../core/accounts/account-directory.ts';
import { type Identifier, mentionedIn } from '../../../core/accounts/acl.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { annotationsPartition } from '../mailboxes/annotation-items.ts';
import { forgetMentions } from '../mailboxes/mailbox-rights.ts';
import { mentionKey } from '../mailboxes/mentions.ts';
import { doomWrites } from '../mailboxes/name-change.ts';
import { nameKey, nameNodeOf } from '../mailboxes/name-items.ts';
import { NameTable } from '../mailboxes/name-table.ts';
import { transact } from '../transact.ts';
import { type Attempt, untilApplied } from '../until-applied.ts';
import { entryKey, leavingKey, type OwnItem, ownKey, partitionOf } from './account-items.ts';
import { type AccountTables, type Logged, readFirst } from './account-writes.ts';
import { firstWrite, removing } from './address-writes.ts';

/** How long a removed account's numbers are kept, so that one made anew goes on behind them: far longer than any client or session is ahead. */
const keptFor = 30 * 86_400; // s
/** Names in one transaction, three writes each; subscriptions and sets of annotations, one each. */
const namesAtOnce = 30;
const subscriptionsAtOnce = 90;
const annotationsAtOnce = 40; // of 64 KB at most: a transaction may have 4 MB

/** Password, address and place in the list of accounts go together; what is in the way of the mailboxes is noted. */
export async function removeAttempt(
  tables: AccountTables,
  id: AccountId,
  now: number,
): Promise<Attempt<Logged<'removed'> | DirectoryRefusal>> {
  const [own, last, first] = await Promise.all([tables.mail.own(id), tables.log.last(), readFirst(tables)]);
  if (own?.passwordHash === undefined) return { answer: 'no-such-account' };
  if (first === undefined) throw new Error('there are accounts, but none is the first');
  const accounts = first.accounts - 1;
  const next = first.account !== id ? first.account : accounts > 0 ? await oldestBut(tables.mail, id) : undefined;
  if (next === undefined && accounts > 0) return 'again'; // one that was added just now is counted and not yet in the list
  const change = { number: last + 1, account: id, at: now };
  const { name: TableName } = tables.mail;
  const writes: readonly TransactWriteItem[] = [
    { Update: { TableName, Key: ownKey(id), ...withoutPassword(own) } },
    { Delete: { TableName, Key: entryKey(id) } },
    { Put: { TableName, Item: leavingKey(id) } },
    ...tables.log.writes(change),
    ...removing(tables.addresses, id, 'account'),
    firstWrite(tables.addresses, first, next === undefined ? undefined : { account: next, accounts }),
    ...(next === undefined || next === first.account ? [] : [isListed(TableName, next)]),
  ];
  return { writes, done: { done: 'removed', change } };
}

/** Or it was removed just now, and the list did not show it yet. */
const isListed = (TableName: string, account: AccountId): TransactWriteItem => ({
  ConditionCheck: {
    TableName,
    Key: entryKey(account),
    ConditionExpression: 'attribute_exists(#pk)',
    ExpressionAttributeNames: { '#pk': mail.partitionKey },
  },
});

async function oldestBut(table: NameTable, id: AccountId): Promise<AccountId | undefined> {
  let oldest: Pick<Account, 'id' | 'createdAt'> | undefined;
  for await (const page of table.query(mail.accounts, '')) {
    for (const one of page.map(entryOf)) {
      if (one.id !== id && (oldest === undefined || one.createdAt < oldest.createdAt)) oldest = one;
    }
  }
  return oldest?.id;
}

const entryOf = (item: Attributes): Pick<Account, 'id' | 'createdAt'> => ({
  id: text(item[mail.sortKey], 'an account') as AccountId,
  createdAt: wholeNumber(item[shape.createdAt], 'time of an account'),
});

function withoutPassword(own: OwnItem) {
  const x = new Expression();
  const [hash, version] = [x.name(shape.passwordHash), x.name(shape.treeVersion)];
  const from = x.number(own.treeVersion);
  return {
    UpdateExpression: `SET ${version} = ${x.number(own.treeVersion + 1)} REMOVE ${hash}`,
    ConditionExpression: `attribute_exists(${hash}) AND ${version} = ${from}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
  };
}

/** `cut-short`: time was up, or somebody else does the same. */
type Finished = 'nothing-left' | 'finished' | 'cut-short';

/**
 * Removes what is left of a removed account, in steps that may be repeated. Each looks whether it is still to be done: the account may have been
 * made anew meanwhile, after somebody else finished.
 * @param deadline ms since the epoch: no new step is begun after it
 * @returns whether something was left, and all of it is gone
 */
export async function finishRemoval(
  { mail: table }: Pick<AccountTables, 'mail'>,
  id: AccountId,
  clock: Clock,
  deadline = Number.POSITIVE_INFINITY,
): Promise<Finished> {
  if (!isLeaving(await table.own(id))) return 'nothing-left';
  const step = async (writes: readonly TransactWriteItem[]): Promise<boolean> =>
    clock.now() < deadline &&
    (await untilApplied(table.client, async () => {
      if (!isLeaving(await table.own(id))) return { answer: false };
      return { writes: [leavingCheck(table.name, id), ...writes], done: true };
    }));
  for await (const names of inBatches(table, partitionOf(id), shape.namePrefix, namesAtOnce)) {
    if (!(await unmention(table, id, names, step))) return 'cut-short';
    if (!(await step(names.flatMap((item) => nameGone(table.name, id, item))))) return 'cut-short';
  }
  for (const [partition, prefix, atOnce] of [
    [partitionOf(id), shape.subscriptionPrefix, subscriptionsAtOnce],
    [annotationsPartition(id), '', annotationsAtOnce],
  ] as const) {
    for await (const some of inBatches(table, partition, prefix, atOnce)) {
      if (!(await step(some.map((item) => ({ Delete: { TableName: table.name, Key: keyOf(item) } }))))) return 'cut-short';
    }
  }
  if (!(await forgetMentions(table, id as string as Identifier, clock.now(), () => clock.now() >= deadline))) return 'cut-short';
  if (clock.now() >= deadline) return 'cut-short';
  // Refused only when somebody else came to the end first.
  await transact(table.client, undefined, [
    { Update: { TableName: table.name, Key: ownKey(id), ...emptied(clock.now()) } },
    { Delete: { TableName: table.name, Key: leavingKey(id) } },
  ]);
  return 'finished';
}

type Step = (writes: readonly TransactWriteItem[]) => Promise<boolean>;

/** Before the names, which say whom their lists of rights are about. */
async function unmention(table: NameTable, id: AccountId, names: readonly Attributes[], step: Step): Promise<boolean> {
  const mentioned = [...new Set(names.flatMap((item) => [...mentionedIn(nameNodeOf(item).mailbox?.acl, id)]))];
  for (let at = 0; at < mentioned.length; at += subscriptionsAtOnce) {
    const some = mentioned.slice(at, at + subscriptionsAtOnce);
    if (!(await step(some.map((one) => ({ Delete: { TableName: table.name, Key: mentionKey(one, id) } }))))) return false;
  }
  return true;
}

const isLeaving = (own: OwnItem | undefined): boolean => own !== undefined && own.passwordHash === undefined && own.expiry === undefined;

async function* inBatches(table: NameTable, partition: string, prefix: string, size: number): AsyncGenerator<readonly Attributes[]> {
  for await (const page of table.query(partition, prefix)) {
    for (let at = 0; at < page.length; at += size) yield page.slice(at, at + size);
  }
}

function nameGone(TableName: string, id: AccountId, item: Attributes): readonly TransactWriteItem[] {
  const node = nameNodeOf(item);
  const gone = node.mailbox === undefined ? [] : doomWrites(TableName, node.mailbox.id);
  return [{ Delete: { TableName, Key: nameKey(id, node), ...stillThis(node.id) } }, ...gone];
}

/** The account may have been made anew, and removed again, since the names were read. */
function stillThis(id: string) {
  const x = new Expression();
  const ConditionExpression = `attribute_not_exists(${x.name(mail.partitionKey)}) OR ${x.name(shape.id)} = ${x.text(id)}`;
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

const keyOf = (item: Attributes) => ({
  [mail.partitionKey]: { S: text(item[mail.partitionKey], 'a key') },
  [mail.sortKey]: { S: text(item[mail.sortKey], 'a key') },
});

const stillLeaving = (x: Expression): string =>
  `attribute_not_exists(${x.name(shape.passwordHash)}) AND attribute_not_exists(${x.name(mail.expiry)})`;

function leavingCheck(TableName: string, id: AccountId): TransactWriteItem {
  const x = new Expression();
  const ConditionExpression = `${stillLeaving(x)} AND attribute_exists(${x.name(mail.partitionKey)})`;
  return { ConditionCheck: { TableName, Key: ownKey(id), ConditionExpression, ExpressionAttributeNames: x.names } };
}

function emptied(now: number) {
  const x = new Expression();
  const ConditionExpression = `${stillLeaving(x)} AND attribute_exists(${x.name(mail.partitionKey)})`;
  const sets = [
    `${x.name(mail.expiry)} = ${x.number(Math.ceil(now / 1000) + keptFor)}`,
    `${x.name(shape.names)} = ${x.number(0)}`,
    `${x.name(shape.subscriptions)} = ${x.number(0)}`,
  ];
  const UpdateExpression = `SET ${sets.join(', ')} REMOVE ${x.name(shape.uses)}`;
  return { UpdateExpression, ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}

export interface RemovalDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  /** That of mail. */
  readonly table: string;
  readonly clock: Clock;
}

/**
 * Goes on with removing the mailboxes of accounts whose removal was begun by a process that died. Safe to repeat, and to run twice at once.
 * @param deadline ms since the epoch: no new step is begun after it
 * @returns false when there is more to do
 */
export async function finishRemovals({ client, table: name, clock }: RemovalDeps, deadline: number): Promise<boolean> {
  const table = new NameTable(client, name);
  for await (const page of table.query(mail.leaving, '')) {
    for (const item of page) {
      const account = text(item[mail.sortKey], 'a removed account') as AccountId;
      if ((await finishRemoval({ mail: table }, account, clock, deadline)) === 'cut-short') return false;
    }
  }
  return true;
}
