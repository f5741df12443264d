import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { TestContext } from 'node:test';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CollectSources } from '../../core/collect/collect-sources.ts';
import type { SourceFacts } from '../../core/collect/source.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { Clock } from '../../core/values/clock.ts';
import type { CollectWorld } from '../../functions/collect.ts';
import { wakeCollecting } from '../../functions/plan-collect.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { collectWakeUps } from '../../platform/aws/sqs/collect-wake-ups.ts';
import type { QueueRecord } from '../../platform/aws/sqs/each-record.ts';
import { parseWakeUp, queueDispatcher } from '../../platform/aws/sqs/wake-ups.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { pop3Client } from '../../platform/node/pop3/maildrop-client.ts';
import { systemResolver } from '../../platform/node/resolver.ts';
import { factsFor } from '../collect/collecting-edge.ts';
import { MaildropServer, type MaildropServerOptions } from '../collect/maildrop-server.ts';
import { alice } from '../contract/worlds.ts';
import { makeCollectTable } from './collect-table.ts';
import { endpoint, makeSlotTable } from './slot-tables.ts';
import { makeSpoolPlace, type SpoolPlace } from './spool-table.ts';

export interface Scene {
  readonly server: MaildropServer;
  readonly world: CollectWorld;
  readonly spool: SpoolPlace;
  readonly collectTable: string;
  readonly failures: string[];
  add(facts: Partial<SourceFacts>): Promise<void>;
  /** The schedule looks once. @returns sessions it woke */
  plan(): Promise<number>;
  /** What stands in the queue of collecting sessions, as Lambda is handed it. */
  woken(): Promise<readonly QueueRecord[]>;
  /** For which next hops workers were woken. */
  told(): Promise<readonly string[]>;
  bodies(): Promise<number>;
}

/** Tables, bucket and queues of its own, and a server that has mail for alice. */
export async function scene(
  t: TestContext,
  options: MaildropServerOptions = {},
  settings: Readonly<Record<string, FixedValue>> = {},
): Promise<Scene> {
  const at = endpoint ?? '';
  const server = await MaildropServer.open(t, options);
  const [collect, spool, slots] = [await makeCollectTable(at, [alice]), await makeSpoolPlace(at), await makeSlotTable(at)];
  const sqs = new SQSClient({ endpoint: at, useQueueUrlAsEndpoint: false });
  const s3 = openBodyClient(at);
  t.after(async () => {
    await Promise.all([collect.remove(), spool.remove(), slots.remove()]);
    sqs.destroy();
    s3.destroy();
  });
  const queue = async () => (await sqs.send(new CreateQueueCommand({ QueueName: `mailweir-test-${randomUUID()}` }))).QueueUrl ?? '';
  const queues = { outbound: await queue(), local: await queue(), collect: await queue() };
  const failures: string[] = [];
  const log = { event: () => {}, failure: (name: string) => void failures.push(name) };
  const world: CollectWorld = {
    clock: systemClock,
    newId: systemNewId(),
    random: Math.random,
    log,
    settings: fixedSettings({ 'collect/sessions-per-server': 0, ...settings }),
    slotStore: openDynamoSlotStore({ table: slots.name, clock: systemClock, endpoint: at }),
    collectSources: collect.open(),
    maildrops: pop3Client({ resolver: systemResolver() }),
    accounts: { resolve: async () => ({ kind: 'local', accounts: [alice], forwards: [] }) },
    secrets: { get: async () => 'wonderland' },
    bodies: spool.bodies,
    spool: spool.spool,
    dispatcher: queueDispatcher({ client: sqs, queues, log }),
    meter: { collected: () => {}, runFailed: () => {} },
  };
  const received = async (QueueUrl: string): Promise<readonly QueueRecord[]> => {
    const records: QueueRecord[] = [];
    for (;;) {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
      if (Messages.length === 0) return records;
      records.push(...Messages.map(({ MessageId = '', Body = '' }) => ({ messageId: MessageId, body: Body })));
    }
  };
  return {
    server,
    world,
    spool,
    collectTable: collect.table,
    failures,
    add: async (facts) => {
      const source = await world.collectSources.add(factsFor(server, { account: alice, ...facts }), systemClock.now());
      assert.ok(typeof source === 'object', String(source));
    },
    plan: () => wakeCollecting({ ...world, wakeCollecting: collectWakeUps({ client: sqs, queue: queues.collect }) }),
    woken: () => received(queues.collect),
    told: async () => (await received(queues.local)).map(({ body }) => parseWakeUp(body).nextHop.kind),
    bodies: async () => (await s3.send(new ListObjectsV2Command({ Bucket: spool.bucket }))).KeyCount ?? -1,
  };
}

const enough = 15 * 60_000; // ms, what Lambda gives at most

/** @returns when an invocation is over that has this much time left, in ms */
export const inTime = (clock: Clock, left = enough): number => clock.monotonic() + left;

export const wakeUp = (messageId: string): QueueRecord => ({ messageId, body: 'collect' });

/** One invocation that was woken by one message. */
export const once = { Records: [wakeUp('one')] };

/** These sources, but for what is named. */
export const wrapped = (sources: CollectSources, other: Partial<CollectSources>): CollectSources =>
  new Proxy(sources, {
    get: (target, name) => {
      const own = Reflect.get(other, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });
