import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { openClient } from '../../platform/aws/dynamodb/client.ts';
import { slotTableShape } from '../../platform/aws/table-shapes.ts';

/** Where tests find DynamoDB: `npm run test:aws` starts something that speaks its protocol, or whoever runs them names his own. */
export const endpoint = process.env.AWS_ENDPOINT_URL_DYNAMODB;

/** For the `skip` of tests that need it. */
export const noEndpoint = endpoint === undefined ? 'AWS_ENDPOINT_URL_DYNAMODB is not set (npm run test:aws sets it)' : false;

export interface MadeTable {
  readonly name: string;
  remove(): Promise<void>;
}

/** A table of its own, as the CDK app makes it, but for TTL: tests move clocks. @param at the endpoint. @default that of the environment */
export async function makeSlotTable(at?: string): Promise<MadeTable> {
  const client = openClient(at === undefined ? {} : { endpoint: at });
  const name = `mailweir-test-slots-${randomUUID()}`;
  const key = slotTableShape.partitionKey;
  await client.send(
    new CreateTableCommand({
      TableName: name,
      AttributeDefinitions: [{ AttributeName: key, AttributeType: 'S' }],
      KeySchema: [{ AttributeName: key, KeyType: 'HASH' }],
      BillingMode: 'PAY_PER_REQUEST',
    }),
    { requestTimeout: 10_000 },
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: name });
  return {
    name,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: name }), { requestTimeout: 10_000 });
      client.destroy();
    },
  };
}
