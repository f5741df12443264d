import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { Account, AccountDirectory, Alias, DirectoryRefusal } from '../../../core/accounts/account-directory.ts';
import type { AccountId, Address } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { NewId } from '../../../core/values/ids.ts';
import type { ChangeTeller } from '../talk/watchers.ts';
import { type AddressBook, DynamoAddressBook } from './address-book.ts';

export interface AccountDirectoryDeps {
  /** One that repeats by itself what failed: all writes are safe to repeat. */
  readonly client: DynamoDBClient;
  readonly tables: { readonly mail: string; readonly addresses: string };
  readonly clock: Clock;
  readonly newId: NewId;
  /** @default - nobody is told that a mailbox is gone: watchers find out by themselves */
  readonly teller?: ChangeTeller | undefined;
}

export class DynamoAccountDirectory implements AccountDirectory {
  readonly #book: AddressBook;

  constructor({ client, tables }: AccountDirectoryDeps) {
    this.#book = new DynamoAddressBook(client, tables.addresses);
  }

  resolve(address: Address): ReturnType<AccountDirectory['resolve']> {
    return this.#book.resolve(address);
  }

  maySendAs(account: AccountId, sender: Address): Promise<boolean> {
    return this.#book.maySendAs(account, sender);
  }

  find(_id: AccountId): Promise<Account | undefined> {
    throw new Error('accounts are not kept yet');
  }

  list(): Promise<readonly Account[]> {
    throw new Error('accounts are not kept yet');
  }

  add(_id: AccountId, _passwordHash: string): Promise<Account | DirectoryRefusal> {
    throw new Error('accounts are not kept yet');
  }

  remove(_id: AccountId): Promise<'removed' | DirectoryRefusal> {
    throw new Error('accounts are not kept yet');
  }

  setPassword(_id: AccountId, _passwordHash: string): Promise<Account | DirectoryRefusal> {
    throw new Error('accounts are not kept yet');
  }

  listAliases(): Promise<readonly Alias[]> {
    throw new Error('accounts are not kept yet');
  }

  addAlias(_alias: Alias): Promise<'added' | DirectoryRefusal> {
    throw new Error('accounts are not kept yet');
  }

  removeAlias(_address: Address): Promise<'removed' | DirectoryRefusal> {
    throw new Error('accounts are not kept yet');
  }

  watch(_changed: (id: AccountId) => void): () => void {
    throw new Error('accounts are not kept yet');
  }
}
