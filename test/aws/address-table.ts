import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, type TransactWriteItem, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { Alias } from '../../core/accounts/account-directory.ts';
import type { AccountId } from '../../core/values/address.ts';
import { DynamoAddressBook } from '../../platform/aws/accounts/address-book.ts';
import { addingAccount, addingAlias, addressKey, firstOf, firstWrite } from '../../platform/aws/accounts/address-writes.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { readItem } from '../../platform/aws/dynamodb/read-item.ts';
import { addressTableShape } from '../../platform/aws/table-shapes.ts';
import { transact } from '../../platform/aws/transact.ts';

export interface MadeAddressTable {
  readonly book: DynamoAddressBook;
  readonly table: string;
  /** Beside the account itself, which is in another table. @returns false when the address is taken */
  addAccount(account: AccountId): Promise<boolean>;
  addAlias(alias: Alias): Promise<boolean>;
  remove(): Promise<void>;
}

/** A table of addresses of its own. */
export async function makeAddressTable(endpoint: string): Promise<MadeAddressTable> {
  const client = openPatientClient({ endpoint });
  const table = `mailweir-test-addresses-${randomUUID()}`;
  const key = addressTableShape.partitionKey;
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: table });
  const written = async (writes: readonly TransactWriteItem[]): Promise<boolean> =>
    (await transact(client, undefined, writes)).length === 0;
  return {
    book: new DynamoAddressBook(client, table),
    table,
    addAccount: async (account) => {
      const item = await readItem(client, table, addressKey(addressTableShape.firstKey));
      const first = item && firstOf(item);
      const after = first === undefined ? { account, accounts: 1 } : { ...first, accounts: first.accounts + 1 };
      return await written([...addingAccount(table, account), firstWrite(table, first, after)]);
    },
    addAlias: (alias) => written(addingAlias(table, alias)),
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}
