import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { CollectSources } from '../../core/collect/collect-sources.ts';
import { collectKey } from '../../core/slots/slot-key.ts';
import type { SlotStore } from '../../core/slots/slot-store.ts';
import type { Clock } from '../../core/values/clock.ts';
import { collectFrom } from '../../functions/collect.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { nameOf } from '../collect/collecting-edge.ts';
import { alice, read } from '../contract/worlds.ts';
import { mail } from '../harness/mail.ts';
import { inTime, once, scene, wakeUp, wrapped } from './collect-scene.ts';
import { noEndpoint } from './slot-tables.ts';

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
