import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { CollectSources } from '../../core/collect/collect-sources.ts';
import { type CollectWorld, collectFrom } from '../../functions/collect.ts';
import { DynamoCollectSources } from '../../platform/aws/collect/collect-sources.ts';
import { DynamoSpool } from '../../platform/aws/spool/spool.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { nameOf } from '../collect/collecting-edge.ts';
import { read } from '../contract/worlds.ts';
import { mail } from '../harness/mail.ts';
import { seeded } from '../harness/seeded.ts';
import { inTime, once, scene, wrapped } from './collect-scene.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

describe('the functions that collect', { skip: noEndpoint }, () => {
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
