import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { type MailboxRefusal, maxMailboxes } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { ownKey, subscriptionKey } from '../accounts/account-items.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { untilApplied } from '../until-applied.ts';
import type { NameTable } from './name-table.ts';

/** The mailbox need not be there (RFC 9051 section 6.3.7). */
export function subscribe(table: NameTable, account: AccountId, name: string): Promise<'done' | MailboxRefusal> {
  const Item = subscriptionKey(account, name);
  const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': mail.partitionKey } };
  return untilApplied<'done' | MailboxRefusal>(table.client, async () => {
    if ((await table.get(Item)) !== undefined) return { answer: 'done' };
    const own = await table.own(account);
    if (own?.passwordHash === undefined) throw new Error(`account ${account} is gone`);
    if (own.subscriptions >= maxMailboxes) return { answer: 'too-many' };
    return { writes: [{ Put: { TableName: table.name, Item, ...absent } }, counting(table, account, own.subscriptions, 1)], done: 'done' };
  });
}

export function unsubscribe(table: NameTable, account: AccountId, name: string): Promise<'done'> {
  const Key = subscriptionKey(account, name);
  const there = { ConditionExpression: 'attribute_exists(#pk)', ExpressionAttributeNames: { '#pk': mail.partitionKey } };
  return untilApplied<'done'>(table.client, async () => {
    if ((await table.get(Key)) === undefined) return { answer: 'done' };
    const own = await table.own(account);
    if (own?.passwordHash === undefined) throw new Error(`account ${account} is gone`);
    return {
      writes: [{ Delete: { TableName: table.name, Key, ...there } }, counting(table, account, own.subscriptions, -1)],
      done: 'done',
    };
  });
}

/** Nothing is written for an account that was removed meanwhile. */
function counting(table: NameTable, account: AccountId, from: number, more: 1 | -1): TransactWriteItem {
  const x = new Expression();
  const count = x.name(shape.subscriptions);
  return {
    Update: {
      TableName: table.name,
      Key: ownKey(account),
      UpdateExpression: `SET ${count} = ${x.number(from + more)}`,
      ConditionExpression: `attribute_exists(${x.name(shape.passwordHash)}) AND ${count} = ${x.number(from)}`,
      ExpressionAttributeNames: x.names,
      ExpressionAttributeValues: x.values,
    },
  };
}
