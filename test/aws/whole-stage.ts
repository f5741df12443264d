import { randomUUID } from 'node:crypto';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { EventLog } from '../../core/observe/event-log.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { type AwsWorld, openAwsWorld } from '../../platform/aws/world.ts';
import { environment, type MailWorldNames, mailEnvironment } from '../../platform/aws/world-names.ts';
import { makeMailTable } from './account-tables.ts';
import { makeAddressTable } from './address-table.ts';
import { makeCollectTable } from './collect-table.ts';
import { makeSlotTable } from './slot-tables.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

export interface WholeStage {
  readonly names: MailWorldNames;
  /** The variables that its tasks and functions have. */
  readonly env: Readonly<Record<string, string>>;
  /** A process of it, in this one. */
  open(): Promise<AwsWorld>;
  remove(): Promise<void>;
}

const silent: EventLog = { event: () => {}, failure: () => {} };

/** All tables, the bucket and the queues of a stage, as the CDK app makes them. */
export async function makeStage(endpoint: string): Promise<WholeStage> {
  const client = openPatientClient({ endpoint });
  const sqs = new SQSClient({ endpoint, useQueueUrlAsEndpoint: false });
  const stage = `test-${randomUUID().slice(0, 8)}`;
  const queue = async (name: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: `${stage}-${name}` }))).QueueUrl ?? '';
  const [mail, addresses, slots, spool, failures, collect] = await Promise.all([
    makeMailTable(client),
    makeAddressTable(endpoint),
    makeSlotTable(endpoint),
    makeSpoolPlace(endpoint),
    makeFailureTable(endpoint),
    makeCollectTable(endpoint, []),
  ]);
  const [outbound, local, collecting] = await Promise.all([queue('outbound'), queue('local'), queue('collect')]);
  const names: MailWorldNames = {
    stage,
    tables: {
      mail,
      addresses: addresses.table,
      slots: slots.name,
      spool: spool.table,
      failures: failures.table,
      collect: collect.table,
    },
    bucket: spool.bucket,
    hostname: 'mail.example.org',
    queues: { outbound: outbound ?? '', local: local ?? '', collect: collecting ?? '' },
  };
  const opened: AwsWorld[] = [];
  return {
    names,
    env: environmentOf(names),
    async open() {
      const talk = { name: `operator-${opened.length}`, listen: { host: '127.0.0.1', port: 0 } };
      const world = await openAwsWorld({ names, endpoint, log: silent, talk });
      opened.push(world);
      return world;
    },
    async remove() {
      await Promise.all(opened.map((world) => world.close()));
      await client.send(new DeleteTableCommand({ TableName: mail }));
      await Promise.all([addresses, slots, spool, failures, collect].map((made) => made.remove()));
      await Promise.all(Object.values(names.queues).map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));
      client.destroy();
      sqs.destroy();
    },
  };
}

function environmentOf({ stage, tables, bucket, hostname, queues }: MailWorldNames): Readonly<Record<string, string>> {
  const told: Record<keyof typeof environment, string> = {
    stage,
    hostname,
    bucket,
    slots: tables.slots,
    spool: tables.spool,
    failures: tables.failures,
    addresses: tables.addresses,
    collect: tables.collect,
    outbound: queues.outbound,
    local: queues.local,
    collecting: queues.collect,
  };
  const variables = Object.entries(environment).map(([key, name]) => [name, told[key as keyof typeof environment]]);
  return { ...Object.fromEntries(variables), [mailEnvironment.mail]: tables.mail };
}
