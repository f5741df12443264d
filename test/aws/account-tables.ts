import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import type { AccountDirectory } from '../../core/accounts/account-directory.ts';
import type { LoginFailures } from '../../core/accounts/login-failures.ts';
import type { LoginTimes } from '../../core/accounts/login-times.ts';
import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import type { Clock } from '../../core/values/clock.ts';
import { DynamoAccountDirectory } from '../../platform/aws/accounts/account-directory.ts';
import { dynamoLoginFailures } from '../../platform/aws/accounts/login-failures.ts';
import { dynamoLoginTimes } from '../../platform/aws/accounts/login-times.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { mailTableShape } from '../../platform/aws/mail-shapes.ts';
import type { MailboxNames } from '../../platform/aws/mailboxes/mailbox-store.ts';
import { dynamoMailboxNames } from '../../platform/aws/mailboxes/names.ts';
import type { ChangeTeller } from '../../platform/aws/talk/watchers.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { makeAddressTable } from './address-table.ts';
import { makeSlotTable } from './slot-tables.ts';

/** What one process has of accounts and names. */
export interface AccountProcess {
  readonly accounts: AccountDirectory;
  readonly mailboxes: MailboxNames;
  readonly loginFailures: LoginFailures;
  readonly loginTimes: LoginTimes;
  readonly clock: Clock;
}

export interface AccountProcessOptions {
  /** @default - one of the place, that sends everything */
  readonly client?: DynamoDBClient;
  /** @default - that of this machine */
  readonly clock?: Clock;
  /** @default - mailboxes are empty */
  readonly messages?: Pick<MailboxStore, 'status' | 'move'>;
  readonly teller?: ChangeTeller;
}

export interface AccountTables {
  readonly client: DynamoDBClient;
  readonly tables: { readonly mail: string; readonly addresses: string; readonly slots: string };
  open(options?: AccountProcessOptions): AccountProcess;
  remove(): Promise<void>;
}

/** Tables of their own, as the CDK app makes them, but for TTL: tests move clocks. */
export async function makeAccountTables(endpoint: string): Promise<AccountTables> {
  const client = openPatientClient({ endpoint });
  const [mail, addresses, slots] = await Promise.all([makeMailTable(client), makeAddressTable(endpoint), makeSlotTable(endpoint)]);
  const tables = { mail, addresses: addresses.table, slots: slots.name };
  return {
    client,
    tables,
    open: (options) => openProcess({ client, ...options }, tables),
    remove: async () => {
      await Promise.all([client.send(new DeleteTableCommand({ TableName: mail })), addresses.remove(), slots.remove()]);
      client.destroy();
    },
  };
}

export async function makeMailTable(client: DynamoDBClient): Promise<string> {
  const TableName = `mailweir-test-mail-${randomUUID()}`;
  const { partitionKey, sortKey } = mailTableShape;
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [
        { AttributeName: partitionKey, AttributeType: 'S' },
        { AttributeName: sortKey, AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: partitionKey, KeyType: 'HASH' },
        { AttributeName: sortKey, KeyType: 'RANGE' },
      ],
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName });
  return TableName;
}

function openProcess(
  { client, clock = systemClock, messages = noMessages, teller }: AccountProcessOptions & { readonly client: DynamoDBClient },
  tables: AccountTables['tables'],
): AccountProcess {
  const newId = systemNewId();
  return {
    clock,
    accounts: new DynamoAccountDirectory({ client, tables, clock, newId }),
    mailboxes: dynamoMailboxNames({ client, table: tables.mail, clock, newId, messages, teller }),
    loginFailures: dynamoLoginFailures({ client, table: tables.slots }),
    loginTimes: dynamoLoginTimes({ client, table: tables.slots }),
  };
}

const noMessages: Pick<MailboxStore, 'status' | 'move'> = {
  status: async () => ({ messages: 0, unseen: 0, deleted: 0, size: 0, recent: 0, uidNext: 1 as never, highestModseq: 1n as never }),
  move: async () => ({ from: [], to: [] }),
};
