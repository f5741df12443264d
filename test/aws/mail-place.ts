import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { EventLog } from '../../core/observe/event-log.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { type AwsWorld, openAwsWorld } from '../../platform/aws/world.ts';
import type { MailWorldNames } from '../../platform/aws/world-names.ts';
import { makeMailTable } from './account-tables.ts';
import { makeAddressTable } from './address-table.ts';
import { makeSlotTable } from './slot-tables.ts';
import { makeFailureTable, makeSpoolPlace } from './spool-table.ts';

export interface MailPlace {
  readonly names: MailWorldNames;
  /** Each stands for a process of the stage. */
  open(): Promise<AwsWorld>;
  remove(): Promise<void>;
}

const silent: EventLog = { event: () => {}, failure: () => {} };

/** What mail itself does not need. */
interface Beside {
  readonly stage: string;
  readonly collect: string;
  readonly queues: MailWorldNames['queues'];
}

const nothing: Beside = { stage: 'test', collect: 'not-made', queues: { outbound: 'not-made', local: 'not-made', collect: 'not-made' } };

/** Tables and a bucket of their own, as the CDK app makes them. @param beside whoever makes these removes them */
export async function makeMailPlace(endpoint: string, { stage, collect, queues }: Beside = nothing): Promise<MailPlace> {
  const client = openPatientClient({ endpoint });
  const [mail, addresses, slots, spool, failures] = await Promise.all([
    makeMailTable(client),
    makeAddressTable(endpoint),
    makeSlotTable(endpoint),
    makeSpoolPlace(endpoint),
    makeFailureTable(endpoint),
  ]);
  const names: MailWorldNames = {
    stage,
    tables: { mail, addresses: addresses.table, slots: slots.name, spool: spool.table, failures: failures.table, collect },
    bucket: spool.bucket,
    hostname: 'mail.example.org',
    queues,
  };
  const opened: AwsWorld[] = [];
  return {
    names,
    async open() {
      const talk = { name: `task-${opened.length}`, listen: { host: '127.0.0.1', port: 0 } };
      const world = await openAwsWorld({ names, endpoint, log: silent, talk });
      opened.push(world);
      return world;
    },
    async remove() {
      await Promise.all(opened.map((world) => world.close()));
      await client.send(new DeleteTableCommand({ TableName: mail }));
      await Promise.all([addresses, slots, spool, failures].map((made) => made.remove()));
      client.destroy();
    },
  };
}
