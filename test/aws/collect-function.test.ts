import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { CreateQueueCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { CollectSources } from '../../core/collect/collect-sources.ts';
import type { SourceFacts } from '../../core/collect/source.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import { collectKey } from '../../core/slots/slot-key.ts';
import type { SlotStore } from '../../core/slots/slot-store.ts';
import type { Clock } from '../../core/values/clock.ts';
import { type CollectWorld, collectFrom } from '../../functions/collect.ts';
import { wakeCollecting } from '../../functions/plan-collect.ts';
import { DynamoCollectSources } from '../../platform/aws/collect/collect-sources.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { openBodyClient } from '../../platform/aws/s3/body-objects.ts';
import { DynamoSpool } from '../../platform/aws/spool/spool.ts';
import { collectWakeUps } from '../../platform/aws/sqs/collect-wake-ups.ts';
import type { QueueRecord } from '../../platform/aws/sqs/each-record.ts';
import { parseWakeUp, queueDispatcher } from '../../platform/aws/sqs/wake-ups.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { pop3Client } from '../../platform/node/pop3/maildrop-client.ts';
import { systemResolver } from '../../platform/node/resolver.ts';
import { factsFor, nameOf } from '../collect/collecting-edge.ts';
import { MaildropServer, type MaildropServerOptions } from '../collect/maildrop-server.ts';
import { alice, read } from '../contract/worlds.ts';
import { mail } from '../harness/mail.ts';
import { makeCollectTable } from './collect-table.ts';
import { endpoint, makeSlotTable, noEndpoint } from './slot-tables.ts';
import { makeSpoolPlace, type SpoolPlace } from './spool-table.ts';

interface Scene {
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
async function scene(
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
const inTime = (clock: Clock, left = enough): number => clock.monotonic() + left;
const wakeUp = (messageId: string): QueueRecord => ({ messageId, body: 'collect' });
const once = { Records: [wakeUp('one')] };

describe('the functions that collect', { skip: noEndpoint }, () => {
  it('put mail of another server into the spool for a mailbox here, wake its delivery, and delete it there only then', async (t) => {
    const { server, world, spool, add, plan, woken, told, failures } = await scene(t);
    server.put('alice', 'uidl-1', mail({ subject: 'from the old box' }));
    await add({ keep: 0 });
    assert.equal(await plan(), 1);
    assert.deepEqual(await collectFrom({ Records: await woken() }, world, inTime(world.clock)), { batchItemFailures: [] });
    const [row, ...more] = await spool.spool.list({ limit: 10 });
    assert.ok(row);
    assert.deepEqual(
      [more, row.nextHop, row.reversePath, row.recipients.map(({ account }) => account)],
      [[], { kind: 'local' }, '', [alice]],
    );
    const text = await read(world, row.body);
    assert.match(text, /^Received: .*POP3.*\r\n/s);
    assert.match(text, /\r\nSubject: from the old box\r\n/);
    assert.ok(text.includes(row.message), 'its id is in the trace');
    assert.deepEqual([await told(), server.deleted, failures], [['local'], ['uidl-1'], []]);
    const source = await world.collectSources.find(nameOf('old-box'));
    assert.deepEqual([source?.lastRun?.result, source?.collected, source?.claimedBy], ['done', 1, undefined]);
    assert.deepEqual([await plan(), (await world.collectSources.due(world.clock.now())).due], [0, 0]);
  });

  it('take a message once, under one id, when an invocation ended between its spooling and the memory of it', async (t) => {
    const { server, world, spool, add, bodies, failures } = await scene(t);
    server.put('alice', 'uidl-1', mail({ subject: 'once' }));
    await add({ keep: 'forever' });
    await collectFrom(once, { ...world, collectSources: forgetfulOnce(world.collectSources) }, inTime(world.clock));
    const [first] = await spool.spool.list({ limit: 10 });
    const source = await world.collectSources.find(nameOf('old-box'));
    assert.ok(first && source);
    assert.deepEqual([source.lastRun?.result, failures], ['failed', ['collect-failed']]);
    assert.deepEqual([...(await world.collectSources.remembered(source.id)).values()], [{ state: 'begun', message: first.message }]);
    await world.collectSources.runNow(source.name, world.clock.now());
    await collectFrom(once, world, inTime(world.clock));
    assert.deepEqual(server.retrieved, ['alice uidl-1', 'alice uidl-1']);
    assert.deepEqual(await spool.spool.list({ limit: 10 }), [first], 'the row is the one that was there');
    assert.equal(await bodies(), 1, 'and so is its body');
    assert.equal([...(await world.collectSources.remembered(source.id)).values()][0]?.state, 'collected');
  });

  it('lose no message and take none twice, whatever write fails, before it was done or after', async (t) => {
    const { server, world, spool, collectTable, add } = await scene(t);
    const uidls = Array.from({ length: 12 }, (_, i) => `uidl-${i}`);
    for (const uidl of uidls) server.put('alice', uidl, mail({ subject: uidl }));
    await add({ keep: 0 });
    const faults: string[] = [];
    const client = faultyClient(endpoint ?? '', seeded(20261126), faults);
    t.after(() => client.destroy());
    let ahead = 0;
    const failing: CollectWorld = {
      ...world,
      clock: { ...systemClock, now: () => systemClock.now() + ahead },
      collectSources: new DynamoCollectSources({
        client,
        table: collectTable,
        accounts: world.accounts,
        newId: world.newId,
        random: Math.random,
      }),
      spool: new DynamoSpool({ client, table: spool.table, bodies: spool.bodies, random: Math.random }),
    };
    const sources = world.collectSources;
    for (let run = 0; run < 100 && server.deleted.length < uidls.length; run += 1) {
      ahead += 31_000; // ms; a claim that nobody ended is over
      await sources.runNow(nameOf('old-box'), failing.clock.now());
      await collectFrom(once, failing, inTime(systemClock));
    }
    for (const what of ['TransactWriteItems not done', 'TransactWriteItems done', 'UpdateItem done'])
      assert.ok(
        faults.some((one) => one.startsWith(what)),
        what,
      );
    assert.deepEqual([...server.deleted].sort(), [...uidls].sort());
    const texts = await Promise.all((await spool.spool.list({ limit: 100 })).map(({ body }) => read(world, body)));
    assert.deepEqual(texts.map((text) => /^Subject: (.*)\r$/m.exec(text)?.[1]).sort(), [...uidls].sort());
  });

  it('wake no more sessions than collect/sessions, and those work through all that is due', async (t) => {
    const { server, world, spool, add, plan, woken } = await scene(t, {}, { 'collect/sessions': 2 });
    for (let i = 0; i < 5; i += 1) {
      server.put(`user-${i}`, 'one', mail({ subject: `for ${i}` }));
      await add({ name: nameOf(`box-${i}`), user: `user-${i}` });
    }
    assert.equal(await plan(), 2);
    const Records = await woken();
    assert.equal(Records.length, 2);
    await Promise.all(Records.map((record) => collectFrom({ Records: [record] }, world, inTime(world.clock))));
    assert.equal((await spool.spool.list({ limit: 10 })).length, 5);
    assert.ok(server.mostSessions <= 2, `${server.mostSessions} sessions at once`);
    assert.equal(await plan(), 0);
  });

  it('wake more than ten at once', async (t) => {
    const { add, plan, woken } = await scene(t, {}, { 'collect/sessions': 0 });
    for (let i = 0; i < 12; i += 1) await add({ name: nameOf(`box-${i}`) });
    assert.deepEqual([await plan(), (await woken()).length], [12, 12]);
  });

  it('leave a source alone when the invocation is nearly over: it stays due', async (t) => {
    const { server, world, add, plan } = await scene(t);
    await add({});
    assert.deepEqual(await collectFrom(once, world, inTime(world.clock, 39_000)), { batchItemFailures: [] });
    assert.deepEqual([server.logins, await plan()], [0, 1]);
  });

  it('begin no message in the last 30 s: the rest comes with the next run', async (t) => {
    let jumped = 0;
    const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + jumped };
    const { server, world, spool, add } = await scene(t, {
      twist: (command) => {
        if (command === 'RETR 1') jumped = 16_000; // ms; it was a long message
        return undefined;
      },
    });
    for (const uidl of ['one', 'two']) server.put('alice', uidl, mail({ subject: uidl }));
    await add({});
    await collectFrom(once, { ...world, clock }, clock.monotonic() + 45_000);
    const source = await world.collectSources.find(nameOf('old-box'));
    assert.deepEqual([source?.lastRun?.result, server.retrieved], ['more', ['alice one']]);
    await collectFrom(once, world, inTime(world.clock));
    assert.deepEqual([server.retrieved, (await spool.spool.list({ limit: 10 })).length], [['alice one', 'alice two'], 2]);
  });

  it('give back alone what is no wake-up, and all that cannot be worked on', async (t) => {
    const { server, world, add, failures } = await scene(t);
    server.put('alice', 'one', mail({ subject: 'one' }));
    await add({});
    const Records = [wakeUp('ours'), { messageId: 'stray', body: '{"nextHop":{"kind":"local"}}' }];
    assert.deepEqual(await collectFrom({ Records }, world, inTime(world.clock)), { batchItemFailures: [{ itemIdentifier: 'stray' }] });
    assert.deepEqual([server.retrieved, failures], [['alice one'], ['record-failed']]);
    const collectSources: CollectSources = wrapped(world.collectSources, { claimDue: () => Promise.reject(new Error('no table')) });
    assert.deepEqual(await collectFrom(once, { ...world, collectSources }, inTime(world.clock)), {
      batchItemFailures: [{ itemIdentifier: 'one' }],
    });
  });

  it('hold a slot of collect/sessions while they collect, and none when the invocation is over', async (t) => {
    const holders: number[] = [];
    const count = async (store: SlotStore): Promise<number> =>
      (await store.list('', 10)).filter(({ key, item }) => key === collectKey() && item.n > 0).length;
    const { world, add } = await scene(t, {
      twist: async (command) => {
        if (command === 'QUIT') holders.push(await count(world.slotStore));
        return undefined;
      },
    });
    await add({});
    await collectFrom(once, world, inTime(world.clock));
    assert.deepEqual([holders, await count(world.slotStore)], [[1], 0]);
  });
});

const wrapped = (sources: CollectSources, other: Partial<CollectSources>): CollectSources =>
  new Proxy(sources, {
    get: (target, name) => {
      const own = Reflect.get(other, name) ?? Reflect.get(target, name);
      return typeof own === 'function' ? own.bind(target) : own;
    },
  });

/** Whose first note that a message is here fails, as for a process that is gone. */
function forgetfulOnce(sources: CollectSources): CollectSources {
  let fails = 1;
  return wrapped(sources, {
    remember: (id, by, changes) => {
      const isHere = [...(changes.set?.values() ?? [])].some(({ state }) => state === 'collected');
      return isHere && fails-- > 0 ? Promise.reject(new Error('gone')) : sources.remember(id, by, changes);
    },
  });
}

/** Whose writes fail now and then, before they are done or after, and are not repeated. */
function faultyClient(at: string, random: () => number, faults: string[]): DynamoDBClient {
  const client = new DynamoDBClient({ endpoint: at, maxAttempts: 1 });
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const dice = /^(TransactWriteItems|UpdateItem)/.test(commandName) ? random() : 0.5;
        const fault = (when: string): Error => {
          faults.push(`${commandName.replace('Command', '')} ${when}`);
          return new Error(`${commandName} ${when}, and nobody was told`);
        };
        if (dice < 0.1) throw fault('not done');
        const answer = await next(args);
        if (dice > 0.85) throw fault('done');
        return answer;
      },
    { step: 'deserialize', priority: 'high', name: 'faults' },
  );
  return client;
}

/** The same numbers each time, uniform in [0, 1). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
