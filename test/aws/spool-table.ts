import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndex,
  type Projection,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import type { PolicyCache } from '../../core/delivery/mta-sts/policy-cache.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { DynamoFailureCache } from '../../platform/aws/failures/failure-cache.ts';
import { dynamoPolicyCache } from '../../platform/aws/failures/policy-cache.ts';
import { BodyObjects, openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { DynamoSpool } from '../../platform/aws/spool/spool.ts';
import { failureTableShape, spoolTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { systemNewId } from '../../platform/node/new-id.ts';

export interface SpoolPlace {
  readonly spool: DynamoSpool;
  readonly bodies: BodyObjects;
  readonly table: string;
  readonly bucket: string;
  remove(): Promise<void>;
}

/** A table and a bucket of their own, as the CDK app makes them. @param endpoint serves both DynamoDB and S3 */
export async function makeSpoolPlace(endpoint: string): Promise<SpoolPlace> {
  const client = openPatientClient({ endpoint });
  const s3 = openBodyClient(endpoint);
  const [table, bucket] = [`mailweir-test-spool-${randomUUID()}`, `mailweir-test-${randomUUID()}`];
  await client.send(new CreateTableCommand(definition(table)));
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: table });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const bodies = new BodyObjects({ client: s3, bucket, newId: systemNewId(), messageFacts });
  return {
    spool: new DynamoSpool({ client, table, bodies, random: Math.random }),
    bodies,
    table,
    bucket,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
      s3.destroy();
    },
  };
}

export interface MadeFailureTable {
  readonly client: DynamoDBClient;
  readonly table: string;
  readonly failures: DynamoFailureCache;
  readonly policyCache: PolicyCache;
  remove(): Promise<void>;
}

/** A table of failures of its own. */
export async function makeFailureTable(endpoint: string): Promise<MadeFailureTable> {
  const client = openPatientClient({ endpoint });
  const TableName = `mailweir-test-failures-${randomUUID()}`;
  const key = failureTableShape.partitionKey;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
  return {
    client,
    table: TableName,
    failures: new DynamoFailureCache(client, TableName),
    policyCache: dynamoPolicyCache(client, TableName),
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName }));
      client.destroy();
    },
  };
}

const definition = (TableName: string): CreateTableCommandInput => ({
  TableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [
    { AttributeName: shape.partitionKey, AttributeType: 'S' },
    { AttributeName: shape.sortKey, AttributeType: 'N' },
    { AttributeName: shape.hopKey, AttributeType: 'S' },
    { AttributeName: shape.dueKey, AttributeType: 'S' },
    { AttributeName: shape.readyAt, AttributeType: 'N' },
  ],
  KeySchema: [
    { AttributeName: shape.partitionKey, KeyType: 'HASH' },
    { AttributeName: shape.sortKey, KeyType: 'RANGE' },
  ],
  GlobalSecondaryIndexes: [
    index(shape.hopIndex, shape.hopKey, { ProjectionType: 'KEYS_ONLY' }),
    index(shape.dueIndex, shape.dueKey, { ProjectionType: 'INCLUDE', NonKeyAttributes: [shape.hop] }),
  ],
});

const index = (IndexName: string, key: string, projection: Projection): GlobalSecondaryIndex => ({
  IndexName,
  KeySchema: [
    { AttributeName: key, KeyType: 'HASH' },
    { AttributeName: shape.readyAt, KeyType: 'RANGE' },
  ],
  Projection: projection,
});
