import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { Destination } from '../../core/accounts/account-directory.ts';
import { type AccountId, type Address, accountIdOf } from '../../core/values/address.ts';
import { DynamoCollectSources } from '../../platform/aws/collect/collect-sources.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { collectTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { systemNewId } from '../../platform/node/new-id.ts';

export interface MadeCollectTable {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** What one process has of it. */
  open(): DynamoCollectSources;
  remove(): Promise<void>;
}

/** A table of its own, as the CDK app makes it. @param accounts that there are */
export async function makeCollectTable(endpoint: string, accounts: readonly AccountId[]): Promise<MadeCollectTable> {
  const client = openPatientClient({ endpoint });
  const table = `mailweir-test-collect-${randomUUID()}`;
  await client.send(new CreateTableCommand(definition(table)));
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: table });
  const resolve = async (address: Address): Promise<Destination> =>
    accounts.includes(accountIdOf(address)) ? { kind: 'local', accounts: [accountIdOf(address)], forwards: [] } : { kind: 'unknown' };
  return {
    client,
    table,
    open: () => new DynamoCollectSources({ client, table, accounts: { resolve }, newId: systemNewId(), random: Math.random }),
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}

const definition = (TableName: string) => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST' as const,
  AttributeDefinitions: [
    { AttributeName: shape.partitionKey, AttributeType: 'S' as const },
    { AttributeName: shape.sortKey, AttributeType: 'S' as const },
    { AttributeName: shape.dueKey, AttributeType: 'S' as const },
    { AttributeName: shape.readyAt, AttributeType: 'N' as const },
  ],
  KeySchema: [
    { AttributeName: shape.partitionKey, KeyType: 'HASH' as const },
    { AttributeName: shape.sortKey, KeyType: 'RANGE' as const },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: shape.dueIndex,
      KeySchema: [
        { AttributeName: shape.dueKey, KeyType: 'HASH' as const },
        { AttributeName: shape.readyAt, KeyType: 'RANGE' as const },
      ],
      Projection: { ProjectionType: 'INCLUDE' as const, NonKeyAttributes: [shape.host] },
    },
  ],
});
