import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { answered } from './answered.ts';
import type { Attributes } from './attributes.ts';

export type Update = Omit<UpdateItemCommandInput, 'TableName'>;

export interface Updated {
  readonly applied: boolean;
  /** What the update asked for, after a change; the item it met, when its condition did not hold. Undefined: no item. */
  readonly item: Attributes | undefined;
  /** It was sent more than once, and another copy may still arrive. */
  readonly repeated: boolean;
}

/** Single items of one table. A condition that does not hold is an answer, not an error. */
export class ItemTable {
  readonly #client: DynamoDBClient;
  readonly #table: string;
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  /** Strongly consistent. */
  async read(key: Record<string, AttributeValue>): Promise<Attributes | undefined> {
    const command = new GetItemCommand({ TableName: this.#table, Key: key, ConsistentRead: true });
    const { Item } = await this.#noted(answered((sending) => this.#client.send(command, sending)));
    return Item;
  }

  async update(update: Update): Promise<Updated> {
    const command = new UpdateItemCommand({ TableName: this.#table, ...update });
    let repeated = false;
    const broke = (): void => {
      repeated = true;
    };
    try {
      const { Attributes: item } = await this.#noted(answered((sending) => this.#client.send(command, sending), { broke }));
      return { applied: true, item, repeated };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return { applied: false, item: error.Item, repeated };
    }
  }

  /** Resolves when no request is under way, nor what its answer led to. */
  async atRest(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.allSettled(this.#underWay);
      await nextTurn();
    }
  }

  async #noted<T>(request: Promise<T>): Promise<T> {
    this.#underWay.add(request);
    try {
      return await request;
    } finally {
      this.#underWay.delete(request);
    }
  }
}
