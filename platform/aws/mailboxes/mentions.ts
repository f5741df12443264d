import { QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type Identifier, maxShared, maxSharers } from '../../../core/accounts/acl.ts';
import { publicOwner } from '../../../core/accounts/principal.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { type Key, mailKey, number } from '../accounts/account-items.ts';
import { text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import type { NameTable } from './name-table.ts';

/**
 * Who stands in lists of rights: a partition per identifier, in it an item per owner, with how many of that owner's mailboxes it is. So what is
 * shared with somebody is found by one Query, whatever is renamed; the lists themselves are in the names. An item is written only together with
 * its owner's tree, whose version orders all writers.
 */
export const mentionKey = (identifier: Identifier, owner: AccountId): Key => mailKey(mail.mentionsPrefix + identifier, owner);

/** Owners, at most as many as may be. */
export async function ownersWhoMention(table: NameTable, identifier: Identifier): Promise<readonly AccountId[]> {
  const owners: AccountId[] = [];
  for await (const page of table.query(mail.mentionsPrefix + identifier, '')) {
    owners.push(...page.map((item) => text(item[mail.sortKey], 'an owner') as AccountId));
    if (owners.length >= maxSharers) break;
  }
  return owners.slice(0, maxSharers);
}

/**
 * What an operator makes public does not depend on how many others share with everybody: its owner is always the first that is found.
 * Some who come together may get beyond the limit, by as many as they are; LIST looks at no more than the limit.
 */
export async function hasTooManySharers(table: NameTable, identifier: Identifier, owner: AccountId): Promise<boolean> {
  if (owner === publicOwner) return false;
  if ((await table.get(mentionKey(identifier, owner))) !== undefined) return false;
  const counted = await table.client.send(
    new QueryCommand({
      TableName: table.name,
      ConsistentRead: true,
      Select: 'COUNT',
      Limit: maxSharers,
      KeyConditionExpression: '#pk = :pk',
      ExpressionAttributeNames: { '#pk': mail.partitionKey },
      ExpressionAttributeValues: { ':pk': { S: mail.mentionsPrefix + identifier } },
    }),
  );
  return (counted.Count ?? 0) >= maxSharers;
}

/** @param more as of mentionWrites. @returns whether an owner would share too many mailboxes with somebody */
export async function sharesTooMuch(table: NameTable, owner: AccountId, more: ReadonlyMap<Identifier, number>): Promise<boolean> {
  if (owner === publicOwner) return false;
  for (const [identifier, count] of more) {
    if (count > 0 && (await mentionsOf(table, identifier, owner)) + count > maxShared(identifier)) return true;
  }
  return false;
}

async function mentionsOf(table: NameTable, identifier: Identifier, owner: AccountId): Promise<number> {
  const item = await table.get(mentionKey(identifier, owner));
  return item === undefined ? 0 : wholeNumber(item[shape.mentions], `mentions of ${identifier} by ${owner}`);
}

/**
 * On condition that the counts are as they were read: the tree's new version may be seen before the counts that were written with it.
 * @param more how many more of the owner's mailboxes are about each, or fewer
 */
export async function mentionWrites(
  table: NameTable,
  owner: AccountId,
  more: ReadonlyMap<Identifier, number>,
): Promise<readonly TransactWriteItem[]> {
  const changed = [...more].filter(([, count]) => count !== 0);
  return await Promise.all(
    changed.map(async ([identifier, count]): Promise<TransactWriteItem> => {
      const item = await table.get(mentionKey(identifier, owner));
      const before = item === undefined ? 0 : wholeNumber(item[shape.mentions], `mentions of ${identifier} by ${owner}`);
      const key = mentionKey(identifier, owner);
      const write = { TableName: table.name, ...countedAs(item === undefined ? undefined : before) };
      if (before + count <= 0) return { Delete: { ...write, Key: key } };
      return { Put: { ...write, Item: { ...key, [shape.mentions]: number(before + count) } } };
    }),
  );
}

function countedAs(before: number | undefined) {
  const x = new Expression();
  if (before === undefined) {
    const ConditionExpression = `attribute_not_exists(${x.name(mail.partitionKey)})`;
    return { ConditionExpression, ExpressionAttributeNames: x.names };
  }
  const ConditionExpression = `${x.name(shape.mentions)} = ${x.number(before)}`;
  return { ConditionExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}
