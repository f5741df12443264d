import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { DynamoAddressBook } from '../../platform/aws/accounts/address-book.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { addressTableShape } from '../../platform/aws/table-shapes.ts';

export interface MadeAddressTable {
  readonly book: DynamoAddressBook;
  readonly table: string;
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
  return {
    book: new DynamoAddressBook(client, table),
    table,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}
