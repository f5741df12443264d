import {
  type DynamoDBClient,
  GetItemCommand,
  TransactionCanceledException,
  type TransactWriteItem,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import type { AccountDirectory, Alias } from '../../../core/accounts/account-directory.ts';
import { type DirectoryEntries, resolveAddress, withoutDetail } from '../../../core/accounts/resolve-address.ts';
import { type AccountId, type Address, accountIdOf, domainOf } from '../../../core/values/address.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { addressTableShape as shape } from '../table-shapes.ts';

/** What a worker needs of the accounts: where mail for an address goes, and who may write in whose name. */
export type AddressBook = Pick<AccountDirectory, 'resolve' | 'maySendAs'>;

/**
 * The addresses of a stage on DynamoDB, apart from the passwords. An address is found by its own item, so that no worker keeps a list of them;
 * what an alias leads to is read level by level.
 */
export class DynamoAddressBook implements AddressBook {
  readonly #client: DynamoDBClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    this.#client = client;
    this.#table = table;
  }

  async resolve(address: Address): ReturnType<AddressBook['resolve']> {
    const known = new Map<string, Attributes | undefined>();
    for (;;) {
      const entries = new ReadEntries(known);
      const destination = resolveAddress(address, entries);
      if (entries.missing.size === 0) return destination;
      await Promise.all([...entries.missing].map(async (key) => known.set(key, await this.#read(key))));
    }
  }

  async maySendAs(account: AccountId, sender: Address): Promise<boolean> {
    const own = accountIdOf(sender);
    if (own === account || withoutDetail(own) === account) return true;
    const destination = await this.resolve(sender);
    return destination.kind === 'local' && destination.accounts.includes(account);
  }

  /** Beside the account itself, which another table holds. @returns false when the address is taken */
  async addAccount(account: AccountId): Promise<boolean> {
    const first = { Put: { TableName: this.#table, Item: { ...keyOf(shape.firstKey), [shape.account]: { S: account } }, ...absent } };
    const own = this.#adding(account, { [shape.account]: { S: account } });
    return (await this.#write([...own, first])) || (await this.#write(own));
  }

  /** @returns false when the address is taken */
  addAlias({ address, targets }: Alias): Promise<boolean> {
    const to = { L: targets.map((target) => ({ S: target })) };
    return this.#write(this.#adding(accountIdOf(address), { [shape.targets]: to, [shape.written]: { S: address } }));
  }

  #adding(key: AccountId, attributes: Attributes): readonly TransactWriteItem[] {
    const TableName = this.#table;
    const counting = {
      TableName,
      Key: keyOf(shape.domainPrefix + domainOf(key)),
      UpdateExpression: 'ADD #n :one',
      ExpressionAttributeNames: { '#n': shape.count },
      ExpressionAttributeValues: { ':one': { N: '1' } },
    };
    return [{ Put: { TableName, Item: { ...keyOf(shape.addressPrefix + key), ...attributes }, ...absent } }, { Update: counting }];
  }

  async #write(TransactItems: readonly TransactWriteItem[]): Promise<boolean> {
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: [...TransactItems] }));
      return true;
    } catch (error) {
      const reasons = error instanceof TransactionCanceledException ? (error.CancellationReasons ?? []) : [];
      if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) return false;
      throw error;
    }
  }

  async #read(key: string): Promise<Attributes | undefined> {
    return (await this.#client.send(new GetItemCommand({ TableName: this.#table, Key: keyOf(key), ConsistentRead: true }))).Item;
  }
}

const keyOf = (key: string) => ({ [shape.partitionKey]: { S: key } });
const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': shape.partitionKey } };

/** Entries as far as they were read; what is asked for beyond is noted, and answered as if it were not there. */
class ReadEntries implements DirectoryEntries {
  readonly missing = new Set<string>();
  readonly #known: ReadonlyMap<string, Attributes | undefined>;

  constructor(known: ReadonlyMap<string, Attributes | undefined>) {
    this.#known = known;
  }

  entry(address: Address): ReturnType<DirectoryEntries['entry']> {
    const item = this.#item(shape.addressPrefix + accountIdOf(address));
    if (item === undefined) return undefined;
    const account = item[shape.account]?.S;
    if (account !== undefined) return { account: account as AccountId };
    return { targets: (item[shape.targets]?.L ?? []).map((target) => text(target, `target of ${address}`) as Address) };
  }

  isLocalDomain(domain: string): boolean {
    const count = this.#item(shape.domainPrefix + domain.toLowerCase())?.[shape.count]?.N;
    return Number(count ?? 0) > 0;
  }

  firstAccount(): AccountId | undefined {
    return this.#item(shape.firstKey)?.[shape.account]?.S as AccountId | undefined;
  }

  #item(key: string): Attributes | undefined {
    if (!this.#known.has(key)) this.missing.add(key);
    return this.#known.get(key);
  }
}
