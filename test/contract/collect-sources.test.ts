import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Remembered } from '../../core/collect/collect-sources.ts';
import type { Uidl } from '../../core/collect/maildrop-client.ts';
import { parseSourceName, type RunReport, type Source, type SourceFacts, type SourceName } from '../../core/collect/source.ts';
import type { HolderId, SpoolId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { type CollectPlace, collectWorlds } from './collect-worlds.ts';
import { alice, bob } from './worlds.ts';

const us = 'us' as HolderId;
const them = 'them' as HolderId;
const named = (text: string): SourceName => parseSourceName(text) as SourceName;
const facts = (name: string, host = 'pop.example.net'): SourceFacts => ({
  name: named(name),
  host,
  port: 995,
  tls: 'implicit',
  user: 'alice',
  secret: 'old-box',
  keep: 14,
  account: alice,
});
const report = (result: RunReport['result'], endedAt: number, collected = 0): RunReport => ({
  startedAt: endedAt - 10,
  endedAt,
  result,
  collected,
  deleted: 0,
  tooLarge: 0,
  refused: 0,
});

type Opened = Pick<World, 'collectSources'>;
const withAlice = (place: CollectPlace): Promise<Opened> => place.open();

async function added({ collectSources }: Opened, name: string, at: number, host?: string): Promise<Source> {
  const source = await collectSources.add(facts(name, host), at);
  assert.ok(typeof source === 'object', String(source));
  return source;
}

for (const { name, skip, place } of collectWorlds) {
  describe(`sources to collect from on ${name}`, { skip }, () => {
    it('are given back as they were added, due at once, also to another process', async (t) => {
      const here = await place(t);
      const world = await withAlice(here);
      const source = await added(world, 'old-box', 1000);
      const { id, ...rest } = source;
      assert.deepEqual(rest, { ...facts('old-box'), enabled: true, nextRunAt: 1000, failures: 0, loginDelay: 0, collected: 0 });
      const other = await here.open();
      assert.deepEqual(await other.collectSources.find(named('old-box')), source);
      assert.deepEqual(await other.collectSources.list(), [source]);
      assert.equal(typeof id, 'string');
    });

    it('have names of their own and accounts that are there', async (t) => {
      const { collectSources } = await withAlice(await place(t));
      assert.ok(typeof (await collectSources.add({ ...facts('old-box'), keep: 'forever' }, 1)) === 'object');
      assert.equal((await collectSources.find(named('old-box')))?.keep, 'forever');
      assert.equal(await collectSources.add(facts('old-box'), 1), 'name-taken');
      assert.equal(await collectSources.add({ ...facts('other'), account: bob }, 1), 'no-such-account');
    });

    it('are claimed one after the other by whoever asks, those that are due longest first', async (t) => {
      const here = await place(t);
      const world = await withAlice(here);
      const { collectSources } = world;
      const other = (await here.open()).collectSources;
      for (const [one, at] of [
        ['second', 2000],
        ['first', 1000],
        ['later', 9000],
      ] as const)
        await added(world, one, at);
      assert.deepEqual(await collectSources.due(5000), { due: 2, soonest: 9000 });
      const claims = await Promise.all([
        collectSources.claimDue(5000, { by: us, until: 8000 }, []),
        other.claimDue(5000, { by: them, until: 8000 }, []),
      ]);
      assert.deepEqual(claims.map((source) => source?.name as string).sort(), ['first', 'second']);
      assert.equal(await collectSources.claimDue(5000, { by: us, until: 8000 }, []), undefined);
      assert.deepEqual(await collectSources.due(5000), { due: 0, soonest: 8000 });
    });

    it('of one claim are claimed by one of fifty that ask at once', async (t) => {
      const here = await place(t);
      const world = await withAlice(here);
      const other = await here.open();
      await added(world, 'old-box', 1000);
      const asked = Array.from({ length: 50 }, (_, i) =>
        (i % 2 === 0 ? world : other).collectSources.claimDue(2000, { by: `holder-${i}` as HolderId, until: 9000 }, []),
      );
      assert.equal((await Promise.all(asked)).filter((source) => source !== undefined).length, 1);
    });

    it('at hosts that are left out wait', async (t) => {
      const world = await withAlice(await place(t));
      await added(world, 'full', 1000, 'full.example.net');
      await added(world, 'free', 2000, 'free.example.net');
      const { collectSources } = world;
      assert.equal((await collectSources.claimDue(5000, { by: us, until: 8000 }, ['full.example.net']))?.name, 'free');
      assert.equal(await collectSources.claimDue(5000, { by: us, until: 8000 }, ['full.example.net']), undefined);
    });

    it('are lost when the claim runs out and another takes it: nothing of the first is written any more', async (t) => {
      const world = await withAlice(await place(t));
      const { id } = await added(world, 'old-box', 1000);
      const { collectSources } = world;
      assert.ok(await collectSources.claimDue(1000, { by: us, until: 2000 }, []));
      assert.equal(await collectSources.renewClaim(id, { by: us, until: 3000 }), true);
      assert.equal(await collectSources.claimDue(2500, { by: them, until: 9000 }, []), undefined);
      assert.equal((await collectSources.claimDue(3000, { by: them, until: 9000 }, []))?.claimedBy, them);
      const settlement = { report: report('done', 4000), nextRunAt: 5000, failures: 0, loginDelay: 0 };
      assert.deepEqual(
        [
          await collectSources.renewClaim(id, { by: us, until: 9999 }),
          await collectSources.letGo(id, us),
          await collectSources.settle(id, us, settlement),
          await collectSources.remember(id, us, { set: new Map([['x' as Uidl, { state: 'collected', at: 1 }]]) }),
        ],
        [false, false, false, false],
      );
      assert.deepEqual(await collectSources.remembered(id), new Map());
      assert.equal(await collectSources.letGo(id, them), true);
      assert.equal((await collectSources.claimDue(3000, { by: us, until: 9000 }, []))?.name, 'old-box', 'as due as before');
    });

    it('keep what came of a run', async (t) => {
      const world = await withAlice(await place(t));
      const { id } = await added(world, 'old-box', 1000);
      const { collectSources } = world;
      const settle = async (run: RunReport, nextRunAt: number, failures: number): Promise<Source | undefined> => {
        assert.ok(await collectSources.claimDue(nextRunAt - 1000, { by: us, until: 99_999 }, []));
        assert.ok(await collectSources.settle(id, us, { report: run, nextRunAt, failures, loginDelay: 30 }));
        return await collectSources.find(named('old-box'));
      };
      const good = await settle(report('done', 1500, 4), 2000, 0);
      assert.deepEqual([good?.lastRun, good?.lastSuccessAt, good?.collected], [report('done', 1500, 4), 1500, 4]);
      const bad = await settle({ ...report('cut', 2500, 1), reason: 'gone' }, 3000, 3);
      assert.deepEqual([bad?.lastRun?.reason, bad?.lastSuccessAt, bad?.collected, bad?.failures], ['gone', 1500, 5, 3]);
      assert.deepEqual([bad?.nextRunAt, bad?.loginDelay, bad?.claimedBy], [3000, 30, undefined]);
    });

    it('remember messages and forget them, each source its own', async (t) => {
      const world = await withAlice(await place(t));
      const { id } = await added(world, 'old-box', 1000);
      const { id: other } = await added(world, 'other', 1000);
      const { collectSources } = world;
      for (let i = 0; i < 2; i += 1) assert.ok(await collectSources.claimDue(1000, { by: us, until: 9000 }, []));
      const [a, b, c] = ['a', 'B', 'b'] as unknown as readonly [Uidl, Uidl, Uidl];
      const begun: Remembered = { state: 'begun', message: '01J' as SpoolId };
      const here: Remembered = { state: 'collected', at: 1234 };
      const tooLarge: Remembered = { state: 'too-large', octets: 99 };
      assert.ok(
        await collectSources.remember(id, us, {
          set: new Map<Uidl, Remembered>([
            [a, begun],
            [b, here],
            [c, tooLarge],
          ]),
        }),
      );
      assert.deepEqual(
        await collectSources.remembered(id),
        new Map<Uidl, Remembered>([
          [b, here],
          [a, begun],
          [c, tooLarge],
        ]),
      );
      assert.ok(await collectSources.remember(id, us, { set: new Map<Uidl, Remembered>([[a, here]]), forget: [b, 'nothing' as Uidl] }));
      assert.deepEqual(
        await collectSources.remembered(id),
        new Map<Uidl, Remembered>([
          [a, here],
          [c, tooLarge],
        ]),
      );
      assert.deepEqual(await collectSources.remembered(other), new Map());
    });

    it('are held, released, run and removed by operators', async (t) => {
      const world = await withAlice(await place(t));
      const { id } = await added(world, 'old-box', 5000);
      const { collectSources } = world;
      const name = named('old-box');
      assert.ok(await collectSources.runNow(name, 1000));
      assert.ok(await collectSources.hold(name));
      assert.deepEqual(await collectSources.due(9000), { due: 0 });
      assert.equal(await collectSources.claimDue(9000, { by: us, until: 9999 }, []), undefined);
      assert.ok(await collectSources.release(name, 2000));
      assert.equal((await collectSources.claimDue(2000, { by: us, until: 9000 }, []))?.enabled, true);
      assert.ok(await collectSources.runNow(name, 3000));
      assert.deepEqual(await collectSources.due(3000), { due: 0, soonest: 9000 }, 'while it runs it is not due');
      assert.ok(await collectSources.remember(id, us, { set: new Map<Uidl, Remembered>([['x' as Uidl, { state: 'collected', at: 1 }]]) }));
      assert.ok(await collectSources.remove(name));
      assert.equal(await collectSources.remember(id, us, {}), false);
      assert.deepEqual([await collectSources.list(), await collectSources.remembered(id)], [[], new Map()]);
      for (const act of ['runNow', 'hold', 'release', 'remove'] as const) assert.equal(await collectSources[act](name, 1), false, act);
      const { id: again } = await added(world, 'old-box', 1);
      assert.notEqual(again, id);
    });
  });
}
