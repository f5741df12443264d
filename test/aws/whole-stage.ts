import { randomUUID } from 'node:crypto';
import { CreateQueueCommand, DeleteQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { environment, type MailWorldNames, mailEnvironment } from '../../platform/aws/world-names.ts';
import { makeCollectTable } from './collect-table.ts';
import { type MailPlace, makeMailPlace } from './mail-place.ts';

export interface WholeStage extends MailPlace {
  /** The variables that its tasks and functions have. */
  readonly env: Readonly<Record<string, string>>;
}

/** All tables, the bucket and the queues of a stage, as the CDK app makes them. */
export async function makeStage(endpoint: string): Promise<WholeStage> {
  const sqs = new SQSClient({ endpoint, useQueueUrlAsEndpoint: false });
  const stage = `test-${randomUUID().slice(0, 8)}`;
  const queue = async (name: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: `${stage}-${name}` }))).QueueUrl ?? '';
  const queues = { outbound: await queue('outbound'), local: await queue('local'), collect: await queue('collect') };
  const collect = await makeCollectTable(endpoint, []);
  const place = await makeMailPlace(endpoint, { stage, collect: collect.table, queues });
  return {
    ...place,
    env: environmentOf(place.names),
    async remove() {
      await place.remove();
      await collect.remove();
      await Promise.all(Object.values(queues).map((QueueUrl) => sqs.send(new DeleteQueueCommand({ QueueUrl }))));
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
