import {
  type AttributeValue,
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  type QueryCommandInput,
  type QueryCommandOutput,
  type TransactWriteItem,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { SourceId, SourceName } from '../../../core/collect/source.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { type Applied, answer, type Refused } from '../dynamodb/conditional.ts';
import { collectTableShape as shape } from '../table-shapes.ts';
import { transact } from '../transact.ts';
import { entryKey, type Key, partitionOf } from './collect-items.ts';
import type { SourceWrite } from './collect-writes.ts';

/** What one request takes. */
const mostRead = 100;
const mostWritten = 25;

type Query = Omit<QueryCommandInput, 'TableName'>;

/** Items of the table, one request each. All reads but those of the index are strongly consistent. */
export class CollectTable {
  readonly #client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.#client = client;
    this.name = name;
  }

  async read(key: Key): Promise<Attributes | undefined> {
    return (await this.#client.send(new GetItemCommand({ TableName: this.name, Key: key, ConsistentRead: true }))).Item;
  }

  /** Those that are there, in no order. */
  async readAll(keys: readonly Key[]): Promise<readonly Attributes[]> {
    const found: Attributes[] = [];
    let left = [...keys];
    while (left.length > 0) {
      const RequestItems = { [this.name]: { Keys: left.slice(0, mostRead), ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand({ RequestItems }));
      found.push(...(Responses?.[this.name] ?? []));
      left = [...(UnprocessedKeys?.[this.name]?.Keys ?? []), ...left.slice(mostRead)];
    }
    return found;
  }

  async update(write: SourceWrite): Promise<Applied | Refused> {
    const command = new UpdateItemCommand({
      TableName: this.name,
      ...write,
      ReturnValues: 'ALL_NEW',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    return await answer(async () => (await this.#client.send(command)).Attributes);
  }

  /** All or nothing; may be applied again. @returns whether every condition held */
  async transact(writes: readonly TransactWriteItem[]): Promise<boolean> {
    return (await transact(this.#client, undefined, writes)).length === 0;
  }

  async delete(key: Key): Promise<void> {
    const command = new DeleteItemCommand({ TableName: this.name, Key: key });
    await answer(async () => (await this.#client.send(command)).Attributes);
  }

  /** Unless the name is another's by now. @returns false when it was */
  async deleteEntry(name: SourceName, id: SourceId): Promise<boolean> {
    const command = new DeleteItemCommand({
      TableName: this.name,
      Key: entryKey(name),
      ConditionExpression: '#id = :id',
      ExpressionAttributeNames: { '#id': shape.id },
      ExpressionAttributeValues: { ':id': { S: id } },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const done = await answer(async () => (await this.#client.send(command)).Attributes);
    return done.applied || (done.repeated && done.item === undefined);
  }

  async deleteAll(keys: readonly Key[]): Promise<void> {
    let left = keys.map((Key) => ({ DeleteRequest: { Key } }));
    while (left.length > 0) {
      const RequestItems = { [this.name]: left.slice(0, mostWritten) };
      const { UnprocessedItems } = await this.#client.send(new BatchWriteItemCommand({ RequestItems }));
      const again = (UnprocessedItems?.[this.name] ?? []).flatMap(({ DeleteRequest }) =>
        DeleteRequest?.Key === undefined ? [] : [{ DeleteRequest: { Key: DeleteRequest.Key } }],
      );
      left = [...again, ...left.slice(mostWritten)];
    }
  }

  /** The directory, by name. */
  async *entries(): AsyncGenerator<Attributes> {
    for await (const { Items = [] } of this.#pages(inPartition(shape.directory))) yield* Items;
  }

  async countEntries(): Promise<number> {
    return await this.#count({ ...inPartition(shape.directory), Select: 'COUNT' });
  }

  /** What is remembered of a source, page by page. */
  async *memory(id: SourceId): AsyncGenerator<readonly Attributes[]> {
    const query = {
      ConsistentRead: true,
      KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
      ExpressionAttributeNames: { '#pk': shape.partitionKey, '#sk': shape.sortKey },
      ExpressionAttributeValues: { ':pk': { S: partitionOf(id) }, ':sk': { S: shape.memoryPrefix } },
    };
    for await (const { Items = [] } of this.#pages(query)) yield Items;
  }

  /** Enabled sources as the index has them, those that have been ready longest first, page by page. */
  async *ready(to: number): AsyncGenerator<readonly Attributes[]> {
    for await (const { Items = [] } of this.#pages({ ...inIndex(0, to), Limit: mostRead })) yield Items;
  }

  async countReady(to: number): Promise<number> {
    return await this.#count({ ...inIndex(0, to), Select: 'COUNT' });
  }

  /** When the first one after that is ready. */
  async firstReady(from: number): Promise<number | undefined> {
    const command = new QueryCommand({ TableName: this.name, ...inIndex(from, Number.MAX_SAFE_INTEGER), Limit: 1 });
    const [item] = (await this.#client.send(command)).Items ?? [];
    return item === undefined ? undefined : Number(item[shape.readyAt]?.N);
  }

  async #count(query: Query): Promise<number> {
    let sum = 0;
    for await (const { Count = 0 } of this.#pages(query)) sum += Count;
    return sum;
  }

  async *#pages(query: Query): AsyncGenerator<Pick<QueryCommandOutput, 'Items' | 'Count'>> {
    let from: Key | undefined;
    do {
      const start = from === undefined ? {} : { ExclusiveStartKey: from };
      const page: QueryCommandOutput = await this.#client.send(new QueryCommand({ TableName: this.name, ...query, ...start }));
      yield page;
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }
}

const number = (value: number): AttributeValue => ({ N: String(value) });

const inPartition = (partition: string): Query => ({
  ConsistentRead: true,
  KeyConditionExpression: '#pk = :pk',
  ExpressionAttributeNames: { '#pk': shape.partitionKey },
  ExpressionAttributeValues: { ':pk': { S: partition } },
});

const inIndex = (from: number, to: number): Query => ({
  IndexName: shape.dueIndex,
  KeyConditionExpression: '#k = :k AND #at BETWEEN :from AND :to',
  ExpressionAttributeNames: { '#k': shape.dueKey, '#at': shape.readyAt },
  ExpressionAttributeValues: { ':k': { S: shape.due }, ':from': number(from), ':to': number(to) },
});
