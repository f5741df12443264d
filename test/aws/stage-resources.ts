import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import type { MailWorldNames } from '../../platform/aws/world-names.ts';
import { makeMailTable } from './account-tables.ts';
import { makeAddressTable } from './address-table.ts';
import { makeCollectTable } from './collect-table.ts';
import { makeSlotTable } from './slot-tables.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

export interface StageResources {
  readonly names: MailWorldNames;
  remove(): Promise<void>;
}

interface Made {
  remove(): Promise<void>;
}

/** All that a process of a stage finds: tables, bucket and queues of its own, as the CDK app makes them. @param endpoint serves them all */
export async function makeStageResources(endpoint: string): Promise<StageResources> {
  const [slots, spool, failures, addresses, collect, mail, ...queues] = await Promise.all([
    makeSlotTable(endpoint),
    makeSpoolPlace(endpoint),
    makeFailureTable(endpoint),
    makeAddressTable(endpoint),
    makeCollectTable(endpoint, []),
    makeMail(endpoint),
    makeQueue(endpoint, 'outbound'),
    makeQueue(endpoint, 'local'),
    makeQueue(endpoint, 'collect'),
  ]);
  const [outbound = '', local = '', collecting = ''] = queues.map(({ url }) => url);
  const made: readonly Made[] = [slots, spool, failures, addresses, collect, mail, ...queues];
  return {
    names: {
      stage: 'test',
      hostname: 'mail.example.org',
      tables: {
        slots: slots.name,
        spool: spool.table,
        failures: failures.table,
        addresses: addresses.table,
        collect: collect.table,
        mail: mail.table,
      },
      bucket: spool.bucket,
      queues: { outbound, local, collect: collecting },
    },
    remove: async () => {
      await Promise.all(made.map((one) => one.remove()));
    },
  };
}

async function makeMail(endpoint: string): Promise<Made & { readonly table: string }> {
  const client = openPatientClient({ endpoint });
  const table = await makeMailTable(client);
  return {
    table,
    remove: async () => {
      await client.send(new DeleteTableCommand({ TableName: table }));
      client.destroy();
    },
  };
}

async function makeQueue(endpoint: string, name: string): Promise<Made & { readonly url: string }> {
  const client = new SQSClient({ endpoint, useQueueUrlAsEndpoint: false });
  const { QueueUrl = '' } = await client.send(new CreateQueueCommand({ QueueName: `mailweir-test-${name}-${randomUUID()}` }));
  return {
    url: QueueUrl,
    remove: async () => {
      await client.send(new DeleteQueueCommand({ QueueUrl }));
      client.destroy();
    },
  };
}
