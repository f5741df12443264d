import { type DynamoDBClient, QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { separator } from '../../../core/mailbox/mailbox-name.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { type Key, type OwnItem, ownItemOf, ownKey, partitionOf } from '../accounts/account-items.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { readItem } from '../dynamodb/read-item.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { type NameNode, nameKey, nameNodeOf, root } from './name-items.ts';

/** A whole partition of an account. */
export interface NamesOfAccount {
  readonly own: OwnItem;
  readonly nodes: readonly NameNode[];
  readonly subscribed: ReadonlySet<string>;
}

/** Reads of a whole partition, while what was read doesn't agree with itself. */
const readings = 4;

/** Reads names, strongly consistent. */
export class NameTable {
  readonly client: DynamoDBClient;
  readonly name: string;

  constructor(client: DynamoDBClient, name: string) {
    this.client = client;
    this.name = name;
  }

  async own(account: AccountId): Promise<OwnItem | undefined> {
    const item = await this.get(ownKey(account));
    return item && ownItemOf(item, account);
  }

  async node(account: AccountId, parent: string, leaf: string): Promise<NameNode | undefined> {
    const item = await this.get(nameKey(account, { parent, leaf }));
    return item && nameNodeOf(item);
  }

  /** @returns undefined when some level is not there */
  async find(account: AccountId, name: string): Promise<NameNode | undefined> {
    let found: NameNode | undefined;
    for (const leaf of name.split(separator)) {
      found = await this.node(account, found?.id ?? root, leaf);
      if (found === undefined) return undefined;
    }
    return found;
  }

  /**
   * Items of a transaction become visible one by one, so a Query in the midst of a rename may meet both names, or neither. The account's own item
   * counts the names: when there are more or fewer, it is read again.
   * @returns undefined when there is no such account, or it was removed
   */
  async all(account: AccountId): Promise<NamesOfAccount | undefined> {
    for (let left = readings; ; left -= 1) {
      const read = await this.#all(account);
      if (read === undefined || read.own.names === read.nodes.length || left === 1) return read;
    }
  }

  get(key: Key): Promise<Attributes | undefined> {
    return readItem(this.client, this.name, key);
  }

  /** @param prefix of sort keys. @param most items, for one page */
  async *query(partition: string, prefix: string, most?: number): AsyncGenerator<readonly Attributes[]> {
    let from: Key | undefined;
    do {
      const page: QueryCommandOutput = await this.client.send(
        new QueryCommand({
          TableName: this.name,
          ConsistentRead: true,
          KeyConditionExpression: prefix === '' ? '#pk = :pk' : '#pk = :pk AND begins_with(#sk, :sk)',
          ExpressionAttributeNames: { '#pk': mail.partitionKey, ...(prefix === '' ? {} : { '#sk': mail.sortKey }) },
          ExpressionAttributeValues: { ':pk': { S: partition }, ...(prefix === '' ? {} : { ':sk': { S: prefix } }) },
          ...(most === undefined ? {} : { Limit: most }),
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
        }),
      );
      yield page.Items ?? [];
      from = page.LastEvaluatedKey;
    } while (from !== undefined);
  }

  async #all(account: AccountId): Promise<NamesOfAccount | undefined> {
    let own: OwnItem | undefined;
    const nodes: NameNode[] = [];
    const subscribed = new Set<string>();
    for await (const page of this.query(partitionOf(account), '')) {
      for (const item of page) {
        const sortKey = item[mail.sortKey]?.S ?? '';
        if (sortKey === shape.own) own = ownItemOf(item, account);
        else if (sortKey.startsWith(shape.namePrefix)) nodes.push(nameNodeOf(item));
        else if (sortKey.startsWith(shape.subscriptionPrefix)) subscribed.add(sortKey.slice(shape.subscriptionPrefix.length));
      }
    }
    return own?.passwordHash === undefined ? undefined : { own, nodes, subscribed };
  }
}

/** Whole names of the nodes below a level, without that level's own name, by what leads to them from there. */
export function namesBelow(nodes: readonly NameNode[], top: string): readonly (readonly [name: string, node: NameNode])[] {
  const byParent = Map.groupBy(nodes, ({ parent }) => parent);
  const found: [string, NameNode][] = [];
  const open: [string, string][] = [[top, '']];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [parent, before] = next;
    for (const node of byParent.get(parent) ?? []) {
      found.push([before + node.leaf, node]);
      open.push([node.id, before + node.leaf + separator]);
    }
    byParent.delete(parent); // whatever was read, this ends
  }
  return found;
}
