import type { OutboundSpool } from '../../core/delivery/spool.ts';
import { messageFacts } from '../../core/message/parse-message.ts';
import { withPreview } from '../../core/message/preview.ts';
import type { EventLog } from '../../core/observe/event-log.ts';
import { meteredStore } from '../../core/slots/metered-store.ts';
import type { SlotStore } from '../../core/slots/slot-store.ts';
import type { SlotsMeter } from '../../core/slots/slots-meter.ts';
import { wholeKey } from '../../core/slots/split/part-layout.ts';
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
import { openDynamoSlotStore } from './dynamodb/slot-store.ts';
import { DynamoFailureCache } from './failures/failure-cache.ts';
import { dynamoPolicyCache } from './failures/policy-cache.ts';
import { BodyObjects } from './s3/body-objects.ts';
import { managedSecrets } from './secrets/secrets.ts';
import { sesService } from './ses/sending-service.ts';
import { dynamoSettingsSource } from './settings/settings-source.ts';
import { DynamoSpool } from './spool/spool.ts';
import { collectWakeUps, type WakeCollecting } from './sqs/collect-wake-ups.ts';
import { type QueueDispatcher, queueDispatcher } from './sqs/wake-ups.ts';
import { openStageClients, type StageClients } from './stage-clients.ts';
import { secretsPath } from './stage-names.ts';
import type { WorldNames } from './world-names.ts';

type Shared =
  | 'clock'
  | 'newId'
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
  /** Bodies as the spool has them. */
  readonly bodies: BodyObjects;
  readonly spool: OutboundSpool & Pick<DynamoSpool, 'waiting'>;
  readonly accounts: AddressBook;
  readonly dispatcher: QueueDispatcher;
  readonly wakeCollecting: WakeCollecting;
  /** The store of slots for one holder that counts its writes, those to parts of a key too. */
  countedSlots(meter: SlotsMeter): SlotStore;
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
export const openWorkerWorld = (options: WorkerWorldOptions): WorkerWorld => workerWorldOn(openStageClients(options.endpoint), options);

/** @param clients are closed with it */
export function workerWorldOn(clients: StageClients, { names, log, endpoint, clock = systemClock }: WorkerWorldOptions): WorkerWorld {
  const { dynamo, s3, sqs, manager } = clients;
  const at = endpoint === undefined ? {} : { endpoint };
  const newId = systemNewId();
  const accounts = new DynamoAddressBook(dynamo, names.tables.addresses);
  const bodies = new BodyObjects({ client: s3, bucket: names.bucket, newId, messageFacts: () => withPreview(messageFacts()) });
  const secrets = managedSecrets({ client: manager, prefix: secretsPath(names.stage), clock });
  const resolver = systemResolver({ clock });
  const slots = openDynamoSlotStore({ table: names.tables.slots, clock, ...at });
  return {
    clock,
    newId,
    bodies,
    // Each invocation is a holder, so that keys have many; and whoever has to do with a key must see it in the same parts, so tasks do as well.
    slotStore: splitSlotStore(slots, clock),
    countedSlots: (meter) => splitSlotStore(meteredStore(slots, wholeKeys(meter)), clock),
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
      clients.close();
    },
  };
}

/** A meter that knows nothing of parts. */
const wholeKeys = (meter: SlotsMeter): Pick<SlotsMeter, 'wrote'> => ({ wrote: (key) => meter.wrote(key && wholeKey(key)) });
