import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FailingPeer, FailureCache, PeerFailure } from '../../core/delivery/failure-cache.ts';
import { forgottenAfter, untilCleared } from '../../core/delivery/failure-cache.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { IpAddress } from '../../core/values/network.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';
import { makeFailureTable } from '../aws/spool-table.ts';
import { faultOfTrials, type Trier } from './concurrency.ts';
import { worlds } from './worlds.ts';

const ip = '192.0.2.1' as IpAddress;
const mx: FailingPeer = { kind: 'host', ip, port: 25 };
const submission: FailingPeer = { kind: 'host', ip, port: 587 };
const v6: FailingPeer = { kind: 'host', ip: '2001:db8::1' as IpAddress, port: 25 };
const hop: FailingPeer = { kind: 'hop', domain: 'example.net' };
const start = 1_700_000_000_000;
const minute = 60_000;
const [first, second] = ['first', 'second'] as readonly string[] as readonly [HolderId, HolderId];

const refused = (peer: FailingPeer, until: number, reason = 'connect: ECONNREFUSED') => ({ peer, name: 'mx.example.net', reason, until });

async function only(cache: FailureCache, peer: FailingPeer): Promise<PeerFailure> {
  const [one, ...others] = await cache.read([peer]);
  assert.ok(one !== undefined && others.length === 0);
  return one;
}

interface FailurePlace {
  open(): Promise<{ readonly failures: FailureCache }>;
}

const caches: readonly { readonly name: string; readonly skip: string | false; place(t: TestContext): Promise<FailurePlace> }[] = [
  ...worlds,
  {
    name: 'dynamodb',
    skip: noEndpoint,
    place: async (t) => {
      const { failures, remove } = await makeFailureTable(endpoint ?? '');
      t.after(remove);
      return { open: async () => ({ failures }) };
    },
  },
];

for (const { name, skip, place } of caches) {
  describe(`the failure cache on ${name}`, { skip }, () => {
    it('tells every process what failed, since when, how often and why, and of others nothing', async (t) => {
      const here = await place(t);
      const [one, other] = [(await here.open()).failures, (await here.open()).failures];
      await one.failed(refused(mx, start + 5 * minute), start);
      await other.failed(refused(mx, start + 7 * minute, 'greeting: 421 4.3.2 busy'), start + 2 * minute);
      await one.failed(refused(hop, start + 5 * minute), start);
      assert.deepEqual(await other.read([submission, mx, v6]), [
        {
          peer: mx,
          name: 'mx.example.net',
          reason: 'greeting: 421 4.3.2 busy',
          firstAt: start,
          lastAt: start + 2 * minute,
          count: 2,
          until: start + 7 * minute,
          held: false,
        },
      ]);
      assert.deepEqual(
        (await one.read([v6, hop])).map(({ peer }) => peer),
        [hop],
      );
    });

    it('tells once of a peer that is asked for twice, as two hosts with one address are', async (t) => {
      const { failures } = await (await place(t)).open();
      await failures.failed(refused(mx, start + 5 * minute), start);
      await failures.learnCap({ ip, port: 25, connections: 2, until: start + minute, reply: '421 too many' });
      assert.deepEqual(
        (await failures.read([mx, hop, mx])).map(({ peer }) => peer),
        [mx],
      );
      assert.equal((await failures.caps([mx, mx])).length, 1);
    });

    it('forgets what works', async (t) => {
      const { failures } = await (await place(t)).open();
      await failures.failed(refused(v6, start + minute), start);
      await failures.works(v6);
      assert.deepEqual(await failures.read([v6]), []);
      await failures.works(v6);
    });

    it('gives one trial when the time is over, to whoever asks first, and the next one when that failed', async (t) => {
      const here = await place(t);
      const [one, other] = [(await here.open()).failures, (await here.open()).failures];
      const over = start + 5 * minute;
      await one.failed(refused(mx, over), start);
      assert.equal(await one.claimTrial(mx, first, over - 1, over + minute), false, 'too early');
      assert.equal(await one.claimTrial(mx, first, over, over + minute), true);
      assert.equal(await other.claimTrial(mx, second, over, over + minute), false);
      assert.equal(await one.claimTrial(mx, first, over, over + minute), false, 'not even to the same process again');
      assert.equal((await other.read([mx])).length, 1, 'it is told until it works');
      await one.failed(refused(mx, over + 5 * minute), over + 1000);
      assert.equal(await other.claimTrial(mx, second, over + 1001, over + 9 * minute), false);
      assert.equal(await other.claimTrial(mx, second, over + 5 * minute, over + 9 * minute), true);
      assert.equal((await only(one, mx)).count, 2);
      assert.equal(await one.claimTrial(submission, first, over, over + minute), false, 'nothing is known of it');
    });

    it('gives a trial again that was given back by the one who had it, or not told of for too long', async (t) => {
      const { failures } = await (await place(t)).open();
      await failures.failed(refused(mx, start), start);
      assert.equal(await failures.claimTrial(mx, first, start, start + minute), true);
      await failures.endTrial(mx, second);
      assert.equal(await failures.claimTrial(mx, second, start, start + minute), false);
      await failures.endTrial(mx, first);
      assert.equal(await failures.claimTrial(mx, second, start, start + minute), true);
      assert.equal(await failures.claimTrial(mx, first, start + minute, start + 2 * minute), true);
    });

    it('counts anew after a success, and after so long that the last failure says nothing any more', async (t) => {
      const { failures } = await (await place(t)).open();
      await failures.failed(refused(mx, start), start);
      await failures.works(mx);
      await failures.failed(refused(mx, start), start + minute);
      assert.deepEqual([(await only(failures, mx)).count, (await only(failures, mx)).firstAt], [1, start + minute]);
      const later = start + forgottenAfter + minute;
      await failures.failed(refused(mx, later), later);
      assert.deepEqual([(await only(failures, mx)).count, (await only(failures, mx)).firstAt], [1, later]);
    });

    it('keeps a hold through failures and successes until it is cleared, with what was counted', async (t) => {
      const here = await place(t);
      const [operator, worker] = [(await here.open()).failures, (await here.open()).failures];
      await worker.failed(refused(mx, start + minute), start);
      await operator.hold(mx, 'mx.example.net', 'they asked us to wait', start);
      await worker.failed(refused(mx, start + 5 * minute), start + 1);
      await worker.works(mx);
      const { held, until, reason, count, firstAt } = await only(worker, mx);
      assert.deepEqual([held, until, reason, count, firstAt], [true, untilCleared, 'they asked us to wait', 2, start]);
      assert.equal(await worker.claimTrial(mx, first, start + 9 * minute, start + 10 * minute), false);
      assert.equal(await operator.clear(mx), 1);
      assert.deepEqual(await worker.read([mx]), []);
    });

    it('ends a hold at its time: a failure after that is one like any other', async (t) => {
      const { failures } = await (await place(t)).open();
      await failures.hold(hop, 'example.net', 'held by an operator', start, start + minute);
      assert.deepEqual([(await only(failures, hop)).held, (await only(failures, hop)).until], [true, start + minute]);
      await failures.failed(refused(hop, start + 7 * minute), start + 2 * minute);
      const { held, until, count, firstAt } = await only(failures, hop);
      assert.deepEqual([held, until, count, firstAt], [false, start + 7 * minute, 1, start + 2 * minute]);
    });

    it('keeps what a host was learnt to bear, the last word counts', async (t) => {
      const here = await place(t);
      const [one, other] = [(await here.open()).failures, (await here.open()).failures];
      const cap = { ip, port: 25, connections: 4, until: start + minute, reply: '421 4.7.0 too many connections' };
      await one.learnCap(cap);
      await other.learnCap({ ...cap, connections: 3 });
      assert.deepEqual(
        await one.caps([
          { ip, port: 587 },
          { ip, port: 25 },
        ]),
        [{ ...cap, connections: 3 }],
      );
    });

    it('lists all, and clears one, with what it was learnt to bear, or everything', async (t) => {
      const { failures } = await (await place(t)).open();
      for (const peer of [mx, v6, hop]) await failures.failed(refused(peer, start + minute), start);
      await failures.hold(submission, 'relay', 'held', start);
      await failures.learnCap({ ip, port: 25, connections: 1, until: start, reply: '421 no' });
      const all = await failures.list(10);
      assert.deepEqual([all.failures[0]?.peer, all.failures.length, all.caps.length], [submission, 4, 1]);
      assert.equal((await failures.list(2)).failures.length, 2);
      assert.equal(await failures.clear(mx), 2);
      assert.equal(await failures.clear(mx), 0);
      assert.equal(await failures.clear(), 3);
      assert.deepEqual(await failures.list(10), { failures: [], caps: [] });
    });

    it('gives a trial to exactly one of many that ask in several processes at once', async (t) => {
      const here = await place(t);
      const processes = [(await here.open()).failures, (await here.open()).failures];
      const triers = processes.map(
        (failures, i): Trier => ({
          claim: () => failures.claimTrial(mx, [first, second][i] as HolderId, start, start + minute),
        }),
      );
      const fail = () => processes[0]?.failed(refused(mx, start), start) ?? assert.fail();
      assert.equal(await faultOfTrials(triers, fail), undefined);
    });
  });
}
