import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type TransactWriteItem,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SpoolKey } from '../../../core/delivery/spool-key.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { type Applied, answer, type Refused } from '../dynamodb/conditional.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { transact } from '../transact.ts';
import { keyAttributes } from './spool-keys.ts';
import type { RowWrite } from './spool-writes.ts';

type DeleteCondition = Pick<RowWrite, 'ConditionExpression' | 'ExpressionAttributeNames'> &
  Partial<Pick<RowWrite, 'ExpressionAttributeValues'>>;

/** Rows of the spool, one request each. A condition that does not hold is an answer. */
export class SpoolTable {
  readonly client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async read(key: SpoolKey): Promise<Attributes | undefined> {
    const command = new GetItemCommand({ TableName: this.name, Key: keyAttributes(key), ConsistentRead: true });
    return (await this.client.send(command)).Item;
  }

  async update(write: RowWrite): Promise<Applied | Refused> {
    const values =
      Object.keys(write.ExpressionAttributeValues).length === 0 ? {} : { ExpressionAttributeValues: write.ExpressionAttributeValues };
    const { ExpressionAttributeValues: _, ...rest } = write;
    const command = new UpdateItemCommand({
      TableName: this.name,
      ...rest,
      ...values,
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return await answer(async () => (await this.client.send(command)).Attributes);
  }

  /** @returns the item that was deleted */
  async delete(key: SpoolKey, condition: DeleteCondition): Promise<Applied | Refused> {
    const command = new DeleteItemCommand({
      TableName: this.name,
      Key: keyAttributes(key),
      ...condition,
      ReturnValues: 'ALL_OLD',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return await answer(async () => (await this.client.send(command)).Attributes);
  }

  /**
   * All or nothing.
   * @param token names this transaction: a copy that comes later does nothing
   * @returns indexes of the writes whose condition did not hold; none when it is done
   */
  transact(token: string, writes: readonly TransactWriteItem[]): Promise<readonly number[]> {
    return transact(this.client, token, writes);
  }

  /** How many rows an index has under a key. @returns at most `limit` */
  async counted(index: string, keyName: string, key: string, limit: number): Promise<number> {
    const command = new QueryCommand({
      TableName: this.name,
      IndexName: index,
      KeyConditionExpression: '#k = :k',
      ExpressionAttributeNames: { '#k': keyName },
      ExpressionAttributeValues: { ':k': { S: key } },
      Select: 'COUNT',
      Limit: limit,
    });
    return (await this.client.send(command)).Count ?? 0;
  }

  /** Keys of an index's rows from `from` to `to` of its sort key, lowest first. */
  async indexed(index: string, keyName: string, key: string, from: number, to: number, limit: number): Promise<readonly Attributes[]> {
    const command = new QueryCommand({
      TableName: this.name,
      IndexName: index,
      KeyConditionExpression: '#k = :k AND #at BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#k': keyName, '#at': shape.readyAt },
      ExpressionAttributeValues: { ':k': { S: key }, ':from': number(from), ':to': number(to) },
      Limit: limit,
    });
    return (await this.client.send(command)).Items ?? [];
  }

  /** Rows of one message, strongly consistent. */
  async ofMessage(message: string): Promise<readonly Attributes[]> {
    const rows: Attributes[] = [];
    let from: Record<string, AttributeValue> | undefined;
    do {
      const command: QueryCommand = new QueryCommand({
        TableName: this.name,
        ConsistentRead: true,
        KeyConditionExpression: '#m = :m',
        ExpressionAttributeNames: { '#m': shape.partitionKey },
        ExpressionAttributeValues: { ':m': { S: message } },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      });
      const page = await this.client.send(command);
      rows.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return rows;
  }
}

const number = (value: number): AttributeValue => ({ N: String(value) });
