import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AccountDirectory } from '../../../core/accounts/account-directory.ts';
import { type DirectoryEntries, resolveAddress, withoutDetail } from '../../../core/accounts/resolve-address.ts';
import { type AccountId, type Address, accountIdOf } from '../../../core/values/address.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { readItem } from '../dynamodb/read-item.ts';
import { addressTableShape as shape } from '../table-shapes.ts';
import { addressKey } from './address-writes.ts';

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

  async #read(key: string): Promise<Attributes | undefined> {
    return await readItem(this.#client, this.#table, addressKey(key));
  }
}

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
