import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  type FailingPeer,
  type FailureCache,
  type LearntCap,
  type PeerFailure,
  untilCleared,
} from '../../../core/delivery/failure-cache.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import type { Update } from '../dynamodb/item-table.ts';
import { failureTableShape as shape } from '../table-shapes.ts';
import * as items from './failure-items.ts';

type Key = Record<string, AttributeValue>;

/** What one request reads; a route has fewer hosts. */
const mostRead = 100;

/** The failure cache on one DynamoDB table. */
export class DynamoFailureCache implements FailureCache {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async read(peers: readonly FailingPeer[]): Promise<readonly PeerFailure[]> {
    return (await this.#items(peers.map(items.keyOfPeer))).map(items.parseFailureItem).filter(isFailure);
  }

  async caps(hosts: readonly Pick<LearntCap, 'ip' | 'port'>[]): Promise<readonly LearntCap[]> {
    return (await this.#items(hosts.map(items.keyOfCap))).map(items.parseFailureItem).filter(isCap);
  }

  claimTrial(peer: FailingPeer, by: HolderId, now: number, until: number): Promise<boolean> {
    return this.#applies(items.trialUpdate(peer, by, now, until));
  }

  async endTrial(peer: FailingPeer, by: HolderId): Promise<void> {
    await this.#applies(items.endTrialUpdate(peer, by));
  }

  /** Another worker may change the entry between two of the updates: then none of a round applies, and the next one finds it as it is. */
  async failed(failure: items.NewFailure, now: number): Promise<void> {
    for (;;) for (const update of items.failureUpdates(failure, now)) if (await this.#applies(update)) return;
  }

  async works(peer: FailingPeer): Promise<void> {
    const condition = { ConditionExpression: 'attribute_not_exists(#held)', ExpressionAttributeNames: { '#held': shape.held } };
    const command = new DeleteItemCommand({ TableName: this.#table, Key: items.keyOfPeer(peer), ...condition });
    await this.#client.send(command).catch(unlessRefused);
  }

  async learnCap(cap: LearntCap): Promise<void> {
    await this.#applies(items.capUpdate(cap));
  }

  async list(limit: number): ReturnType<FailureCache['list']> {
    const all = (await this.#everything()).map(items.parseFailureItem);
    const failures = all.filter(isFailure).toSorted((a, b) => Number(b.held) - Number(a.held) || b.until - a.until);
    const caps = all.filter(isCap).toSorted((a, b) => b.until - a.until);
    return { failures: failures.slice(0, limit), caps: caps.slice(0, limit) };
  }

  async clear(peer?: FailingPeer): Promise<number> {
    const keys =
      peer === undefined
        ? (await this.#everything()).map(keyOf)
        : [items.keyOfPeer(peer), ...(peer.kind === 'host' ? [items.keyOfCap(peer)] : [])];
    let gone = 0;
    for (const Key of keys) {
      const { Attributes: old } = await this.#client.send(new DeleteItemCommand({ TableName: this.#table, Key, ReturnValues: 'ALL_OLD' }));
      if (old !== undefined) gone += 1;
    }
    return gone;
  }

  async hold(peer: FailingPeer, name: string, reason: string, now: number, until: number = untilCleared): Promise<void> {
    await this.#applies(items.holdUpdate(peer, name, reason, now, until));
  }

  async #applies(update: Update): Promise<boolean> {
    const done = await this.#client.send(new UpdateItemCommand({ TableName: this.#table, ...update })).catch(unlessRefused);
    return done !== undefined;
  }

  async #items(keys: readonly Key[]): Promise<readonly Attributes[]> {
    const found: Attributes[] = [];
    // One request may not name an item twice, and hosts of several names share addresses.
    let left: Key[] = [...new Map(keys.map((key) => [key[shape.partitionKey]?.S, key])).values()].slice(0, mostRead);
    while (left.length > 0) {
      const RequestItems = { [this.#table]: { Keys: left, ConsistentRead: true } };
      const { Responses, UnprocessedKeys } = await this.#client.send(new BatchGetItemCommand({ RequestItems }));
      found.push(...(Responses?.[this.#table] ?? []));
      left = UnprocessedKeys?.[this.#table]?.Keys ?? [];
    }
    return found;
  }

  async #everything(): Promise<readonly Attributes[]> {
    const all: Attributes[] = [];
    let from: Key | undefined;
    do {
      const page = await this.#client.send(
        new ScanCommand({
          TableName: this.#table,
          ConsistentRead: true,
          ...noPolicies,
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      all.push(...(page.Items ?? []));
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
    return all;
  }
}

/** They stand in the same table, and protect only while they are kept: whoever clears failures does not mean them. */
const noPolicies = {
  FilterExpression: 'NOT begins_with(#pk, :sts)',
  ExpressionAttributeNames: { '#pk': shape.partitionKey },
  ExpressionAttributeValues: { ':sts': { S: shape.policyPrefix } },
};

const isCap = (one: PeerFailure | LearntCap): one is LearntCap => 'connections' in one;
const isFailure = (one: PeerFailure | LearntCap): one is PeerFailure => !isCap(one);
const keyOf = (item: Attributes): Key => ({ [shape.partitionKey]: item[shape.partitionKey] ?? { S: '' } });

/** A condition that does not hold is an answer. */
function unlessRefused(error: unknown): undefined {
  if (!(error instanceof ConditionalCheckFailedException)) throw error;
}
