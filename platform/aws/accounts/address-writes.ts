import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Alias } from '../../../core/accounts/account-directory.ts';
import { type AccountId, accountIdOf, domainOf } from '../../../core/values/address.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { addressTableShape as shape } from '../table-shapes.ts';

/** Parts of transactions, over the table of addresses. */

export const addressKey = (key: string) => ({ [shape.partitionKey]: { S: key } });
export const keyOfAddress = (address: string) => addressKey(shape.addressPrefix + address.toLowerCase());

/** The oldest account, and how many accounts there are: each that comes or goes writes it, so that whoever is first is never in doubt. */
export interface First {
  readonly account: AccountId;
  readonly accounts: number;
}

export const firstOf = (item: Attributes): First => ({
  account: text(item[shape.account], 'first account') as AccountId,
  accounts: wholeNumber(item[shape.count], 'number of accounts'),
});

export const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': shape.partitionKey } };

export const addingAccount = (TableName: string, account: AccountId): readonly TransactWriteItem[] => [
  { Put: { TableName, Item: { ...keyOfAddress(account), [shape.account]: { S: account } }, ...absent } },
  counting(TableName, account, 1),
];

export function addingAlias(TableName: string, { address, targets }: Alias): readonly TransactWriteItem[] {
  const to = { L: targets.map((target) => ({ S: target })) };
  const Item = { ...keyOfAddress(address), [shape.targets]: to, [shape.written]: { S: address } };
  return [{ Put: { TableName, Item, ...absent } }, counting(TableName, accountIdOf(address), 1)];
}

/** @param has what an account's address has, or an alias's: that of the other kind is not removed */
export const removing = (TableName: string, address: AccountId, has: 'account' | 'targets'): readonly TransactWriteItem[] => [
  {
    Delete: {
      TableName,
      Key: keyOfAddress(address),
      ConditionExpression: 'attribute_exists(#has)',
      ExpressionAttributeNames: { '#has': shape[has] },
    },
  },
  counting(TableName, address, -1),
];

const counting = (TableName: string, address: AccountId, more: 1 | -1): TransactWriteItem => ({
  Update: {
    TableName,
    Key: addressKey(shape.domainPrefix + domainOf(address)),
    UpdateExpression: 'ADD #n :more',
    ExpressionAttributeNames: { '#n': shape.count },
    ExpressionAttributeValues: { ':more': { N: String(more) } },
  },
});

/** @param before as it was read. @param after undefined: there is no account any more */
export function firstWrite(TableName: string, before: First | undefined, after: First | undefined): TransactWriteItem {
  const Key = addressKey(shape.firstKey);
  const asRead = before === undefined ? absent : isStill(before);
  if (after === undefined) return { Delete: { TableName, Key, ...asRead } };
  const Item = { ...Key, [shape.account]: { S: after.account }, [shape.count]: { N: String(after.accounts) } };
  return { Put: { TableName, Item, ...asRead } };
}

const isStill = ({ account, accounts }: First) => ({
  ConditionExpression: '#acc = :acc AND #n = :n',
  ExpressionAttributeNames: { '#acc': shape.account, '#n': shape.count },
  ExpressionAttributeValues: { ':acc': { S: account }, ':n': { N: String(accounts) } },
});

/** @param from how many were added before, as it was read */
export function aliasAdded(TableName: string, from: number): TransactWriteItem {
  const condition = from === 0 ? 'attribute_not_exists(#n)' : '#n = :from';
  return {
    Update: {
      TableName,
      Key: addressKey(shape.aliasesKey),
      UpdateExpression: 'SET #n = :next',
      ConditionExpression: condition,
      ExpressionAttributeNames: { '#n': shape.count },
      ExpressionAttributeValues: { ':next': { N: String(from + 1) }, ...(from === 0 ? {} : { ':from': { N: String(from) } }) },
    },
  };
}
