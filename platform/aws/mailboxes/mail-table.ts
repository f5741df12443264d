import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  type KeysAndAttributes,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactionConflictException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import type { Attributes } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape as shape } from '../mail-shapes.ts';

export type Key = Record<string, AttributeValue>;

/** What became of a transaction. `refused`: indexes of writes whose condition did not hold. `busy`: others write to the same items right now. */
export type Written = 'done' | 'busy' | { readonly refused: readonly number[] };

export interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

const mostReads = 100;
const mostWrites = 25;
/** Ten thousand items take some 25 round trips so. */
const requestsAtOnce = 4;
const firstPause = 20; // ms, doubled each time that a part of a batch was left undone
/** Reasons that are over in a moment. */
const passing: readonly (string | undefined)[] = ['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded'];

/** Requests on the table of mail. All reads are strongly consistent: what is told to a client may not be forgotten by the next read. */
export class MailTable {
  readonly client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async get(Key: Key): Promise<Attributes | undefined> {
    return (await this.client.send(new GetItemCommand({ TableName: this.name, Key, ConsistentRead: true }))).Item;
  }

  /** Items that are there, in no order. @param keys each once. @param only names of the attributes that are wanted, keys too. @default - all */
  async getAll(keys: readonly Key[], only?: readonly string[]): Promise<readonly Attributes[]> {
    const found: Attributes[] = [];
    for (let at = 0; at < keys.length; at += mostReads) {
      let left: Key[] = keys.slice(at, at + mostReads);
      for (let pause = firstPause; left.length > 0; pause *= 2) {
        const asked = { [this.name]: { Keys: left, ConsistentRead: true, ...projectionOf(only) } };
        const { Responses, UnprocessedKeys } = await this.client.send(new BatchGetItemCommand({ RequestItems: asked }));
        found.push(...(Responses?.[this.name] ?? []));
        left = (UnprocessedKeys?.[this.name]?.Keys ?? []) as Key[];
        if (left.length > 0) await rest(pause);
      }
    }
    return found;
  }

  /** The same for thousands: several requests are under way at once. */
  async getMany(keys: readonly Key[], only?: readonly string[]): Promise<readonly Attributes[]> {
    const found: Attributes[] = [];
    let at = 0;
    const readOn = async (): Promise<void> => {
      while (at < keys.length) {
        const some = keys.slice(at, at + mostReads);
        at += mostReads;
        found.push(...(await this.getAll(some, only)));
      }
    };
    await Promise.all(Array.from({ length: requestsAtOnce }, readOn));
    return found;
  }

  /** Items of a partition from one sort key to another, both inclusive, page by page. */
  async *pages(partition: AttributeValue, from: string, to: string, limit?: number): AsyncGenerator<readonly Attributes[]> {
    let next: Record<string, AttributeValue> | undefined;
    do {
      const page: { readonly Items?: Attributes[] | undefined; readonly LastEvaluatedKey?: Key | undefined } = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          ConsistentRead: true,
          KeyConditionExpression: '#p = :p AND #s BETWEEN :from AND :to',
          ExpressionAttributeNames: { '#p': shape.partitionKey, '#s': shape.sortKey },
          ExpressionAttributeValues: { ':p': partition, ':from': { S: from }, ':to': { S: to } },
          ...(limit === undefined ? {} : { Limit: limit }),
          ...(next === undefined ? {} : { ExclusiveStartKey: next }),
        }),
      );
      yield page.Items ?? [];
      next = page.LastEvaluatedKey;
    } while (next !== undefined);
  }

  async between(partition: AttributeValue, from: string, to: string): Promise<readonly Attributes[]> {
    const items: Attributes[] = [];
    for await (const page of this.pages(partition, from, to)) items.push(...page);
    return items;
  }

  /** All or nothing. @param token names it, so that a copy of the request that comes later does nothing. @throws when no answer came: it may be done */
  async transact(token: string, writes: readonly TransactWriteItem[]): Promise<Written> {
    try {
      await this.client.send(new TransactWriteItemsCommand({ ClientRequestToken: token, TransactItems: [...writes] }));
      return 'done';
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = (error.CancellationReasons ?? []).map(({ Code }) => Code);
      const refused = reasons.flatMap((code, i) => (code === 'ConditionalCheckFailed' ? [i] : []));
      if (refused.length > 0) return { refused };
      if (reasons.some((code) => passing.includes(code))) return 'busy';
      throw error;
    }
  }

  /** @returns false when the condition did not hold */
  async put(Item: Record<string, AttributeValue>, condition?: Condition): Promise<boolean> {
    try {
      await untilFree(() => this.client.send(new PutItemCommand({ TableName: this.name, Item, ...condition })));
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  }

  /** Nothing is done when the condition does not hold. */
  async deleteIf(Key: Key, condition: Condition): Promise<void> {
    try {
      await untilFree(() => this.client.send(new DeleteItemCommand({ TableName: this.name, Key, ...condition })));
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  /** @returns the item that was there */
  async delete(Key: Key): Promise<Attributes | undefined> {
    const command = new DeleteItemCommand({ TableName: this.name, Key, ReturnValues: 'ALL_OLD' });
    return (await untilFree(() => this.client.send(command))).Attributes;
  }

  /** Each by itself, in no order. @param keys each once */
  async deleteAll(keys: readonly Key[]): Promise<void> {
    const batches = Array.from({ length: Math.ceil(keys.length / mostWrites) }, (_, i) => keys.slice(i * mostWrites, (i + 1) * mostWrites));
    await inParallel(batches, async (batch) => {
      let left: WriteRequest[] = batch.map((Key) => ({ DeleteRequest: { Key } }));
      for (let pause = firstPause; left.length > 0; pause *= 2) {
        const command = new BatchWriteItemCommand({ RequestItems: { [this.name]: left } });
        const { UnprocessedItems } = await untilFree(() => this.client.send(command));
        left = UnprocessedItems?.[this.name] ?? [];
        if (left.length > 0) await rest(pause);
      }
    });
  }
}

/** The units are those of whole items all the same: it is for rights that end at attributes. */
function projectionOf(only: readonly string[] | undefined): Pick<KeysAndAttributes, 'ProjectionExpression' | 'ExpressionAttributeNames'> {
  if (only === undefined) return {};
  const x = new Expression();
  return { ProjectionExpression: only.map((name) => x.name(name)).join(', '), ExpressionAttributeNames: x.names };
}

const conflictTries = 12;

/** Sends it again while a transaction is under way over the same item. */
async function untilFree<T>(send: () => Promise<T>): Promise<T> {
  for (let left = conflictTries, pause = firstPause; ; left -= 1, pause *= 2) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof TransactionConflictException) || left === 0) throw error;
      await rest(pause);
    }
  }
}

const mostAtOnce = 16;

/** Some at once, so that one large change does not take all connections. The first fault is thrown when those under way are over. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const faults: unknown[] = [];
  const worker = async (): Promise<void> => {
    while (next < items.length && faults.length === 0) {
      const item = items[next++] as T;
      await work(item).catch((fault: unknown) => void faults.push(fault));
    }
  };
  await Promise.all(Array.from({ length: Math.min(mostAtOnce, items.length) }, worker));
  if (faults.length > 0) throw faults[0];
}

const longestPause = 1_000; // ms

/** About so long, so that those who met once do not meet again. @param ms at most a second is waited */
export const rest = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, Math.min(ms, longestPause) * (0.5 + Math.random() / 2)));
