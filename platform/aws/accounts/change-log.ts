import { GetItemCommand, QueryCommand, type TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { AccountId } from '../../../core/values/address.ts';
import { type Attributes, text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape as mail, changeShape as shape } from '../mail-shapes.ts';
import type { NameTable } from '../mailboxes/name-table.ts';
import { mailKey, number } from './account-items.ts';

/** A password that changed, or an account that was removed. */
export interface LoggedChange {
  readonly number: number;
  readonly account: AccountId;
  /** ms since the epoch. */
  readonly at: number;
}

const keptFor = 86_400; // s; a process that heard nothing for a day has no session any more
const digits = 12;
const mostRead = 1000;

const counterKey = mailKey(mail.changes, shape.counter);
const sortKeyOf = (count: number): string => shape.entryPrefix + String(count).padStart(digits, '0');

/** What other processes must hear of, in the order of numbers: one small partition, whatever the number of accounts. */
export class ChangeLog {
  readonly #table: NameTable;

  constructor(table: NameTable) {
    this.#table = table;
  }

  /** The last number that was given. */
  async last(): Promise<number> {
    const { client, name: TableName } = this.#table;
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: counterKey, ConsistentRead: true }));
    return Item === undefined ? 0 : wholeNumber(Item[shape.count], 'number of changes');
  }

  /** Part of the transaction that makes the change, on condition that its number is the next one. */
  writes({ number: count, account, at }: LoggedChange): readonly TransactWriteItem[] {
    const TableName = this.#table.name;
    const asRead =
      count === 1
        ? { ConditionExpression: 'attribute_not_exists(#n)', ExpressionAttributeNames: { '#n': shape.count } }
        : {
            ConditionExpression: '#n = :last',
            ExpressionAttributeNames: { '#n': shape.count },
            ExpressionAttributeValues: { ':last': number(count - 1) },
          };
    const expiry = Math.ceil(at / 1000) + keptFor;
    const entry = { [shape.count]: number(count), [shape.account]: { S: account }, [shape.at]: number(at), [mail.expiry]: number(expiry) };
    return [
      { Put: { TableName, Item: { ...counterKey, [shape.count]: number(count) }, ...asRead } },
      { Put: { TableName, Item: { ...mailKey(mail.changes, sortKeyOf(count)), ...entry } } },
    ];
  }

  /** The first thousand that come after. */
  async after(count: number): Promise<readonly LoggedChange[]> {
    const { client, name: TableName } = this.#table;
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        Limit: mostRead,
        KeyConditionExpression: '#pk = :pk AND #sk > :sk',
        ExpressionAttributeNames: { '#pk': mail.partitionKey, '#sk': mail.sortKey },
        ExpressionAttributeValues: { ':pk': { S: mail.changes }, ':sk': { S: sortKeyOf(count) } },
      }),
    );
    return Items.map(changeOf);
  }
}

const changeOf = (item: Attributes): LoggedChange => ({
  number: wholeNumber(item[shape.count], 'number of a change'),
  account: text(item[shape.account], 'account of a change') as AccountId,
  at: wholeNumber(item[shape.at], 'time of a change'),
});
