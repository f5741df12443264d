import { type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { Clock } from '../../core/values/clock.ts';
import { systemClock } from '../node/clock.ts';
import { finishRemovals } from './accounts/removal.ts';
import { optionalText } from './dynamodb/attributes.ts';
import { openPatientClient } from './dynamodb/client.ts';
import { mailTableShape } from './mail-shapes.ts';
import { purgeDoomed } from './mailboxes/purge.ts';
import { openBodyClient } from './s3/body-objects.ts';
import { MailBodies } from './s3/mail-bodies.ts';
import { setAsideOrphans } from './s3/orphaned-bodies.ts';
import { tidyShape } from './table-shapes.ts';
import type { MailWorldNames } from './world-names.ts';

/** What tidying does in each place. Deadlines are by the monotonic clock, ms: nothing is begun after them. */
export interface TidyWorld {
  readonly clock: Clock;
  /** Goes on with removals of accounts that were cut short, and removes what deleted mailboxes left. @returns false when there is more to do */
  purge(deadline: number): Promise<boolean>;
  /** Sets aside bodies that crashes left without a row, and goes on where the last run stopped. @returns how many */
  setAsideOrphans(deadline: number): Promise<number>;
}

export interface TidyWorldOptions {
  readonly names: MailWorldNames;
  /** One for all services, for emulators. @default that of each service in the Region */
  readonly endpoint?: string;
  /** @default - the machine's clock */
  readonly clock?: Clock;
}

export function openTidyWorld({ names, endpoint, clock = systemClock }: TidyWorldOptions): TidyWorld {
  const dynamo = openPatientClient(endpoint === undefined ? {} : { endpoint });
  const s3 = openBodyClient(endpoint);
  const { bucket, tables } = names;
  const bodies = new MailBodies({ client: s3, bucket });
  return {
    clock,
    async purge(deadline) {
      const until = clock.now() + Math.max(0, deadline - clock.monotonic());
      const deps = { client: dynamo, table: tables.mail, bodies, clock };
      // Makes more to purge; one that fails does not keep that from being done.
      const [removals] = await Promise.allSettled([finishRemovals(deps, until)]);
      const isPurged = await purgeDoomed(deps, until);
      if (removals.status === 'rejected') throw removals.reason;
      return isPurged && removals.value;
    },
    async setAsideOrphans(deadline) {
      const from = await whereItStopped(dynamo, tables.mail);
      const deps = { s3, bucket, dynamo, spool: tables.spool, clock };
      const { setAside, next } = await setAsideOrphans(deps, from, deadline);
      if (next !== from) await stopsAt(dynamo, tables.mail, next);
      return setAside;
    },
  };
}

const key = {
  [mailTableShape.partitionKey]: { S: tidyShape.partition },
  [mailTableShape.sortKey]: { S: tidyShape.orphans },
};

async function whereItStopped(dynamo: DynamoDBClient, TableName: string): Promise<string | undefined> {
  const { Item } = await dynamo.send(new GetItemCommand({ TableName, Key: key }));
  return optionalText(Item?.[tidyShape.from]);
}

async function stopsAt(dynamo: DynamoDBClient, TableName: string, from: string | undefined): Promise<void> {
  const Item = { ...key, ...(from === undefined ? {} : { [tidyShape.from]: { S: from } }) };
  await dynamo.send(new PutItemCommand({ TableName, Item }));
}
