import type { S3Client } from '@aws-sdk/client-s3';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { OutboundSpool } from '../../core/delivery/spool.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import { splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { World } from '../../core/world.ts';
import { systemClock } from '../node/clock.ts';
import { dkimSigner } from '../node/dkim-signer.ts';
import { systemNewId } from '../node/new-id.ts';
import { httpsPolicyFetcher } from '../node/policy-fetcher.ts';
import { pop3Client } from '../node/pop3/maildrop-client.ts';
import { systemResolver } from '../node/resolver.ts';
import { smtpTransport } from '../node/smtp-transport.ts';
import { type AddressBook, DynamoAddressBook } from './accounts/address-book.ts';
import { DynamoCollectSources } from './collect/collect-sources.ts';
import { openPatientClient } from './dynamodb/client.ts';
import { openDynamoSlotStore } from './dynamodb/slot-store.ts';
import { DynamoFailureCache } from './failures/failure-cache.ts';
import { dynamoPolicyCache } from './failures/policy-cache.ts';
import { BodyObjects, openBodyClient } from './s3/body-objects.ts';
import { managedSecrets } from './secrets/secrets.ts';
import { sesService } from './ses/sending-service.ts';
import { dynamoSettingsSource } from './settings/settings-source.ts';
import { DynamoSpool } from './spool/spool.ts';
import { collectWakeUps, type WakeCollecting } from './sqs/collect-wake-ups.ts';
import { type QueueDispatcher, queueDispatcher } from './sqs/wake-ups.ts';
import { secretsPath } from './stage-names.ts';
import type { WorldNames } from './world-names.ts';

type Shared =
  | 'clock'
  | 'newId'
  | 'bodies'
  | 'failures'
  | 'settings'
  | 'slotStore'
  | 'resolver'
  | 'transport'
  | 'policyFetcher'
  | 'policyCache'
  | 'collectSources'
  | 'maildrops'
  | 'ses'
  | 'secrets'
  | 'signer';

/** What workers outside of the VPC run on: neither mailboxes nor passwords are in it. */
export interface WorkerWorld extends Pick<World, Shared> {
  readonly spool: OutboundSpool;
  readonly accounts: AddressBook;
  readonly dispatcher: QueueDispatcher;
  readonly wakeCollecting: WakeCollecting;
  close(): Promise<void>;
}

export interface WorkerWorldOptions {
  readonly names: WorldNames;
  readonly log: EventLog;
  /** One for all services, for emulators. @default that of each service in the Region */
  readonly endpoint?: string;
  /** @default - the machine's clock */
  readonly clock?: Clock;
}

/** Opening makes no request: a function that starts while a service can't be reached fails at its work, by name, and is woken again. */
export function openWorkerWorld({ names, log, endpoint, clock = systemClock }: WorkerWorldOptions): WorkerWorld {
  const at = endpoint === undefined ? {} : { endpoint };
  const dynamo = openPatientClient(at);
  const s3: S3Client = openBodyClient(endpoint);
  const sqs = new SQSClient({ ...at, useQueueUrlAsEndpoint: endpoint === undefined });
  const manager = new SecretsManagerClient(at);
  const newId = systemNewId();
  const accounts = new DynamoAddressBook(dynamo, names.tables.addresses);
  const bodies = new BodyObjects({ client: s3, bucket: names.bucket, newId, messageFacts });
  const secrets = managedSecrets({ client: manager, prefix: secretsPath(names.stage), clock });
  const resolver = systemResolver({ clock });
  const slots = openDynamoSlotStore({ table: names.tables.slots, clock, ...at });
  return {
    clock,
    newId,
    bodies,
    slotStore: splitSlotStore(slots, clock), // each invocation is a holder, so that keys have many
    secrets,
    resolver,
    spool: new DynamoSpool({ client: dynamo, table: names.tables.spool, bodies, random: Math.random }),
    failures: new DynamoFailureCache(dynamo, names.tables.failures),
    settings: dynamoSettingsSource({ client: dynamo, table: names.tables.slots, clock }),
    accounts,
    dispatcher: queueDispatcher({ client: sqs, queues: names.queues, log }),
    transport: smtpTransport(),
    policyFetcher: httpsPolicyFetcher(),
    policyCache: dynamoPolicyCache(dynamo, names.tables.failures),
    collectSources: new DynamoCollectSources({ client: dynamo, table: names.tables.collect, accounts, newId, random: Math.random }),
    maildrops: pop3Client({ resolver }),
    wakeCollecting: collectWakeUps({ client: sqs, queue: names.queues.collect }),
    ses: sesService({ clock }),
    signer: dkimSigner({ secrets, resolver, clock }),
    close: async () => {
      await slots.close();
      for (const client of [dynamo, s3, sqs, manager]) client.destroy();
    },
  };
}
