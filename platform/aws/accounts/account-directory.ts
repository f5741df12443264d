import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type Account,
  type AccountDirectory,
  type Alias,
  type DirectoryRefusal,
  maxTargets,
} from '../../../core/accounts/account-directory.ts';
import { publicOwner } from '../../../core/accounts/principal.ts';
import { type AccountId, type Address, accountIdOf, localPartOf, parseAccountId } from '../../../core/values/address.ts';
import type { OwnQuota } from '../../../core/values/amount.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { NewId } from '../../../core/values/ids.ts';
import { text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { NameTable } from '../mailboxes/name-table.ts';
import { type Attempt, untilApplied } from '../until-applied.ts';
import { accountOf } from './account-items.ts';
import { type AccountTables, addAttempt, type Logged, passwordAttempt, quotaAttempt } from './account-writes.ts';
import { DynamoAddressBook } from './address-book.ts';
import { addAliasAttempt, listAliases, removeAliasAttempt } from './aliases.ts';
import { ChangeFeed } from './change-feed.ts';
import { ChangeLog } from './change-log.ts';
import { finishRemoval, removeAttempt } from './removal.ts';

export interface AccountDirectoryDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  readonly tables: { readonly mail: string; readonly addresses: string };
  readonly clock: Clock;
  readonly newId: NewId;
}

const longestLocalPart = 64; // octets (RFC 5321 section 4.5.3.1.1)

/**
 * Accounts on two DynamoDB tables: passwords and names in that of mail, and in that of addresses what those may read who must not see passwords.
 * Each change is one transaction over both. Opening makes no request; a watch reads one small partition each second.
 */
export class DynamoAccountDirectory implements AccountDirectory {
  readonly #tables: AccountTables;
  readonly #book: DynamoAddressBook;
  readonly #clock: Clock;
  readonly #newId: NewId;
  readonly #feed: ChangeFeed;

  constructor({ client, tables, clock, newId }: AccountDirectoryDeps) {
    const table = new NameTable(client, tables.mail);
    const log = new ChangeLog(table);
    this.#tables = { mail: table, addresses: tables.addresses, log };
    this.#book = new DynamoAddressBook(client, tables.addresses);
    this.#clock = clock;
    this.#newId = newId;
    this.#feed = new ChangeFeed(log, clock);
  }

  async find(id: AccountId): Promise<Account | undefined> {
    const account = id.toLowerCase() as AccountId;
    if (account === publicOwner) return undefined; // it has an item of its own for its names, and is no account
    return accountOf(account, await this.#tables.mail.own(account));
  }

  resolve(address: Address): ReturnType<AccountDirectory['resolve']> {
    return this.#book.resolve(address);
  }

  maySendAs(account: AccountId, sender: Address): Promise<boolean> {
    return this.#book.maySendAs(account, sender);
  }

  async list(): Promise<readonly Pick<Account, 'id' | 'createdAt'>[]> {
    const all: Pick<Account, 'id' | 'createdAt'>[] = [];
    for await (const page of this.#tables.mail.query(mail.accounts, '')) {
      for (const item of page) {
        const id = text(item[mail.sortKey], 'an account') as AccountId;
        all.push({ id, createdAt: wholeNumber(item[shape.createdAt], `account ${id}`) });
      }
    }
    return all;
  }

  async named(localPart: string): Promise<readonly AccountId[]> {
    if (Buffer.byteLength(localPart) > longestLocalPart) return [];
    const found: AccountId[] = [];
    for await (const page of this.#tables.mail.query(mail.accounts, `${localPart}@`, 2)) {
      const ids = page.map((item) => text(item[mail.sortKey], 'an account') as AccountId);
      found.push(...ids.filter((id) => localPartOf(id) === localPart)); // a quoted local part may have an `@` of its own
      if (found.length > 1) break;
    }
    return found;
  }

  async add(id: AccountId, passwordHash: string): Promise<Account | DirectoryRefusal> {
    if (parseAccountId(id) !== id) throw new Error(`not an account id: ${JSON.stringify(id)}`);
    await finishRemoval(this.#tables, id, this.#clock);
    return await this.#apply(() => addAttempt(this.#tables, { id, passwordHash, now: this.#clock.now(), newId: this.#newId }));
  }

  /** Nobody can log in from the first step on. The mailboxes go in further ones: when this process dies among them, whoever tidies goes on. */
  async remove(id: AccountId): Promise<'removed' | DirectoryRefusal> {
    const before = await finishRemoval(this.#tables, id, this.#clock);
    const removed = await this.#applyLogged(() => removeAttempt(this.#tables, id, this.#clock.now()));
    if (typeof removed === 'string') return before === 'nothing-left' ? removed : 'removed';
    await finishRemoval(this.#tables, id, this.#clock);
    return 'removed';
  }

  async setPassword(id: AccountId, passwordHash: string): Promise<Account | DirectoryRefusal> {
    const changed = await this.#applyLogged(() => passwordAttempt(this.#tables, { id, passwordHash, now: this.#clock.now() }));
    return typeof changed === 'string' ? changed : changed.done;
  }

  setQuota(id: AccountId, quota: OwnQuota): Promise<'set' | DirectoryRefusal> {
    return this.#apply(() => quotaAttempt(this.#tables, id, quota));
  }

  listAliases(): Promise<readonly Alias[]> {
    return listAliases(this.#tables);
  }

  async addAlias(alias: Alias): Promise<'added' | DirectoryRefusal> {
    const { length } = alias.targets;
    if (length === 0 || length > maxTargets) throw new Error(`an alias has 1 to ${maxTargets} targets`);
    return await this.#apply(() => addAliasAttempt(this.#tables, alias));
  }

  removeAlias(address: Address): Promise<'removed' | DirectoryRefusal> {
    return this.#apply(() => removeAliasAttempt(this.#tables, accountIdOf(address)));
  }

  watch(changed: (id: AccountId) => void): () => void {
    return this.#feed.watch(changed);
  }

  #apply<T>(attempt: () => Promise<Attempt<T>>): Promise<T> {
    return untilApplied(this.#tables.mail.client, attempt);
  }

  /** Watchers of this process need not wait for their next look. */
  async #applyLogged<T>(attempt: () => Promise<Attempt<Logged<T> | DirectoryRefusal>>): Promise<Logged<T> | DirectoryRefusal> {
    const made = await this.#apply(attempt);
    if (typeof made !== 'string') this.#feed.tell(made.change);
    return made;
  }
}
