import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type KeysAndAttributes,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import type { Operation, Touched } from '../../platform/aws/dynamodb/request-units.ts';

/** What a request is, as the tests look at it. */
export interface Asked {
  readonly operation: Operation;
  readonly input: Record<string, unknown>;
}

/**
 * What happens to a request: it is answered; never arrives; is done, and the answer does not come back; is still being done when its sender has given
 * up waiting; or its sender dies before or after.
 */
export type Fate = 'well' | 'lost' | 'unanswered' | 'late';

type Item = Record<string, AttributeValue>;
interface Write {
  readonly Key?: Item;
  readonly Item?: Item;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeNames?: Record<string, string>;
  readonly ExpressionAttributeValues?: Record<string, AttributeValue>;
}

const pageOctets = 1_000_000;

/**
 * DynamoDB as far as mailboxes use it, in memory, for what emulators do not do: a transaction appears to reads item by item, as AWS's does, with the first
 * of its writes first. Others that write to its items meanwhile are told of a conflict.
 */
export class SmallDynamo {
  readonly items = new Map<string, Map<string, Item>>();
  readonly #pending = new Set<string>();
  readonly #tokens = new Set<string>();
  readonly #inProgress = new Set<string>();
  /** Turns of the event loop between two items of a transaction. */
  turnsBetween = 0;
  /** Told of each request that was done, with the items that it met before and left after. */
  served: (asked: Asked, touched: readonly Touched[]) => void = () => {};

  /** A process's client. @param fate asked for each request. @param before waited for before each of them: a process may stand still there */
  client(fate: (asked: Asked) => Fate = () => 'well', before: () => Promise<unknown> = nextTurn): DynamoDBClient {
    const send = async (command: { readonly input: Record<string, unknown>; readonly constructor: { readonly name: string } }) => {
      const asked = { operation: command.constructor.name.replace(/Command$/, '') as Operation, input: command.input };
      await before();
      const what = fate(asked);
      if (what === 'lost') throw new Error('the request was lost');
      const serving = this.#serve(asked);
      if (what === 'late') {
        serving.catch(() => {});
        throw new Error('no answer yet');
      }
      const answer = await serving;
      if (what === 'unanswered') throw new Error('the answer was lost');
      return answer;
    };
    return { send, destroy: () => {} } as unknown as DynamoDBClient;
  }

  get(pk: string, sk: string): Item | undefined {
    return this.items.get(pk)?.get(sk);
  }

  /** As DynamoDB would, without a request. */
  put(item: Item): void {
    const { pk, sk } = keyOf(item);
    const partition = this.items.get(pk) ?? new Map<string, Item>();
    this.items.set(pk, partition);
    partition.set(sk, item);
  }

  async #serve(asked: Asked): Promise<unknown> {
    const input = asked.input as Record<string, never>;
    switch (asked.operation) {
      case 'GetItem': {
        const { pk, sk } = keyOf(input.Key as never as Item);
        const Item = this.get(pk, sk);
        this.served(asked, [{ before: Item, after: Item }]);
        return { Item };
      }
      case 'BatchGetItem':
        return this.#batchGet(asked);
      case 'Query':
        return this.#query(asked);
      case 'PutItem':
      case 'DeleteItem':
      case 'UpdateItem':
        return this.#single(asked);
      case 'BatchWriteItem':
        return this.#batchWrite(asked);
      case 'TransactWriteItems':
        return await this.#transact(asked);
      default:
        throw new Error(`no operation ${asked.operation} here`);
    }
  }

  #batchGet(asked: Asked): unknown {
    const [[table, part] = ['', { Keys: [] }]] = Object.entries(asked.input.RequestItems as Record<string, KeysAndAttributes>);
    const Keys = (part.Keys ?? []) as readonly Item[];
    const found = Keys.map((key) => this.get(keyOf(key).pk, keyOf(key).sk));
    this.served(
      asked,
      found.map((item) => ({ before: item, after: item })),
    );
    return { Responses: { [table]: found.flatMap((item) => (item === undefined ? [] : [projected(item, part)])) } };
  }

  #query(asked: Asked): unknown {
    const { ExpressionAttributeValues: values, Limit, ExclusiveStartKey } = asked.input as never as QueryInput;
    const partition = this.items.get(values[':p']?.S ?? '') ?? new Map<string, Item>();
    const [from, to, after] = [values[':from']?.S ?? '', values[':to']?.S ?? '', ExclusiveStartKey?.sk?.S];
    const keys = [...partition.keys()].filter((key) => key >= from && key <= to && (after === undefined || key > after)).sort();
    const page: Item[] = [];
    let octets = 0;
    for (const key of keys) {
      if (page.length === Limit || octets > pageOctets) break;
      const item = partition.get(key) as Item;
      page.push(item);
      octets += JSON.stringify(item).length / 2;
    }
    this.served(
      asked,
      page.map((item) => ({ before: item, after: item })),
    );
    const last = page.at(-1);
    return { Items: page, ...(last !== undefined && page.length < keys.length ? { LastEvaluatedKey: { pk: last.pk, sk: last.sk } } : {}) };
  }

  #single(asked: Asked): unknown {
    const write = asked.input as Write;
    const { id, before } = this.#met(write);
    if (this.#pending.has(id)) throw new TransactionConflictException({ message: 'conflict', $metadata: metadata });
    if (!holds(write, before)) {
      this.served(asked, [{ before, after: before }]);
      throw new ConditionalCheckFailedException({
        message: 'refused',
        $metadata: metadata,
        ...(before === undefined ? {} : { Item: before }),
      });
    }
    const after = this.#apply(asked.operation, write, before);
    this.served(asked, [{ before, after }]);
    return { Attributes: asked.input.ReturnValues === 'ALL_OLD' ? before : after };
  }

  #batchWrite(asked: Asked): unknown {
    const [requests = []] = Object.values(asked.input.RequestItems as Record<string, { DeleteRequest: { Key: Item } }[]>);
    const touched = requests.map(({ DeleteRequest: { Key } }) => {
      const { id, before } = this.#met({ Key });
      if (this.#pending.has(id)) throw new TransactionConflictException({ message: 'conflict', $metadata: metadata });
      return { before, after: this.#apply('DeleteItem', { Key }, before) };
    });
    this.served(asked, touched);
    return {};
  }

  async #transact(asked: Asked): Promise<unknown> {
    const { TransactItems, ClientRequestToken: token } = asked.input as never as {
      TransactItems: TransactWriteItem[];
      ClientRequestToken: string;
    };
    if (TransactItems.length > 100) throw new Error('more than 100 items in a transaction');
    if (this.#inProgress.has(token)) throw new TransactionInProgressException({ message: 'in progress', $metadata: metadata });
    if (this.#tokens.has(token)) return {};
    const writes = TransactItems.map(partOf);
    const ids = writes.map(({ write }) => this.#met(write).id);
    if (new Set(ids).size < ids.length) throw new Error(`an item twice in a transaction: ${ids.join(' ')}`);
    const reasons = writes.map(({ write }) => {
      const { id, before } = this.#met(write);
      if (this.#pending.has(id)) return 'TransactionConflict';
      return holds(write, before) ? 'None' : 'ConditionalCheckFailed';
    });
    if (reasons.some((reason) => reason !== 'None')) {
      this.served(
        asked,
        writes.map(({ write }) => ({ before: this.#met(write).before, after: this.#met(write).before })),
      );
      const CancellationReasons = reasons.map((Code) => ({ Code }));
      throw new TransactionCanceledException({ message: 'canceled', $metadata: metadata, CancellationReasons });
    }
    this.#tokens.add(token);
    this.#inProgress.add(token);
    for (const id of ids) this.#pending.add(id);
    const touched: Touched[] = [];
    for (const [i, { operation, write }] of writes.entries()) {
      const { id, before } = this.#met(write);
      touched.push({ before, after: this.#apply(operation, write, before) });
      this.#pending.delete(id);
      if (i === writes.length - 1) break;
      for (let left = this.turnsBetween; left > 0; left -= 1) await nextTurn();
    }
    this.#inProgress.delete(token);
    this.served(asked, touched);
    return {};
  }

  #met(write: Pick<Write, 'Key' | 'Item'>): { readonly id: string; readonly before: Item | undefined } {
    const { pk, sk } = keyOf(write.Key ?? write.Item ?? {});
    return { id: `${pk} ${sk}`, before: this.get(pk, sk) };
  }

  #apply(operation: string, write: Write, before: Item | undefined): Item | undefined {
    if (operation === 'ConditionCheck') return before;
    if (operation === 'DeleteItem' || operation === 'Delete') {
      const { pk, sk } = keyOf(write.Key ?? {});
      this.items.get(pk)?.delete(sk);
      return undefined;
    }
    const after = write.Item ?? { ...write.Key, ...before, ...setsOf(write, before) };
    this.put(after);
    return after;
  }
}

interface QueryInput {
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: Item;
}

const metadata = { httpStatusCode: 400, attempts: 1 };

const keyOf = (item: Item): { readonly pk: string; readonly sk: string } => ({ pk: item.pk?.S ?? '', sk: item.sk?.S ?? '' });

function projected(item: Item, { ProjectionExpression: only, ExpressionAttributeNames: names = {} }: KeysAndAttributes): Item {
  if (only === undefined) return item;
  const wanted = new Set(only.split(', ').map((name) => names[name]));
  return Object.fromEntries(Object.entries(item).filter(([name]) => wanted.has(name)));
}

function partOf(item: TransactWriteItem): { readonly operation: string; readonly write: Write } {
  const [[operation, write] = ['', {}]] = Object.entries(item);
  if (write.TableName === undefined) throw new Error('a write without a table');
  return { operation, write };
}

/** Only such conditions as the adapters write: comparisons joined by one of AND and OR. */
function holds({ ConditionExpression: condition, ...rest }: Write, item: Item | undefined): boolean {
  if (condition === undefined) return true;
  const joined = condition.includes(' OR ') ? ' OR ' : ' AND ';
  const results = condition.split(joined).map((part) => comparison(part.trim(), rest, item));
  return joined === ' OR ' ? results.includes(true) : !results.includes(false);
}

function comparison(
  part: string,
  { ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Write,
  item?: Item,
): boolean {
  const [, called, inner] = /^(attribute_exists|attribute_not_exists)\((#\w+)\)$/.exec(part) ?? [];
  if (called !== undefined) return (item?.[names[inner ?? ''] ?? ''] === undefined) === (called === 'attribute_not_exists');
  const [, name = '', operator, value = ''] = /^(#\w+) (=|<=) (:\w+)$/.exec(part) ?? [];
  const [there, wanted] = [item?.[names[name] ?? '']?.N, values[value]?.N];
  if (operator === undefined) throw new Error(`no condition of ours: ${part}`);
  if (there === undefined || wanted === undefined) return false;
  return operator === '=' ? there === wanted : Number(there) <= Number(wanted);
}

function setsOf(
  { UpdateExpression = '', ExpressionAttributeNames: names = {}, ExpressionAttributeValues: values = {} }: Write,
  item: Item | undefined,
): Item {
  const sets = UpdateExpression.replace(/^SET /, '').split(', ');
  return Object.fromEntries(
    sets.map((set) => {
      const [name = '', value = ''] = set.split(' = ');
      const [, counted = '', more = ''] = /^(#\w+) \+ (:\w+)$/.exec(value) ?? [];
      if (counted !== '') return [names[name] ?? '', { N: String(Number(item?.[names[counted] ?? '']?.N) + Number(values[more]?.N)) }];
      return [names[name] ?? '', values[value] ?? { NULL: true }];
    }),
  );
}
