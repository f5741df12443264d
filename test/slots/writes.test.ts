import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold } from '../../core/slots/slots.ts';
import { isHold } from './slot-process.ts';
import { account, hold, lock, takeMany, total, world } from './slot-world.ts';
import { atRest } from './virtual-clock.ts';

describe('writes', () => {
  it('are spared by chunks: most sessions of a total cost none', async () => {
    const { start, clock } = world();
    const edge = await start();
    const held: Hold[] = [];
    for (let session = 0; session < 1000; session++) {
      held.push(await hold(edge, total(1000)));
      if (session % 2 === 1 || held.length > 300) held.shift()?.release();
    }
    await clock.advance(100);
    assert.ok(edge.changes <= 200, String(edge.changes));
  });

  it('are spared by lingering: a reconnect storm costs none', async () => {
    const { start, clock, used } = world();
    const edge = await start();
    for (let round = 0; round < 100; round++) {
      const session = await hold(edge, account(20));
      await clock.advance(100);
      session.release();
      await clock.advance(100);
    }
    assert.equal(edge.changes, 1);
    await clock.advance(5_100);
    assert.equal(used(account(20)), 0);
    assert.equal(edge.changes, 2);
  });

  it('are few for a burst, however its sessions follow each other, and leave nothing behind', async () => {
    const { start, clock, used } = world();
    const edge = await start();
    for (let round = 0; round < 3; round++) {
      const held: Hold[] = [];
      for (let session = 0; session < 200; session++) {
        held.push(await hold(edge, account(200)));
        await clock.advance(2);
      }
      for (const session of held) {
        session.release();
        await clock.advance(2);
      }
    }
    assert.ok(edge.changes < 40, String(edge.changes));
    await clock.advance(6_000);
    assert.equal(used(account(200)), 0);
  });

  it('take nothing ahead for the handful of sessions of a mail program', async () => {
    const { start, used } = world();
    const edge = await start();
    for (let session = 0; session < 5; session++) await hold(edge, account(20));
    assert.equal(used(account(20)), 5);
  });

  it('give slots back within moments when others may miss them', async () => {
    const { start, clock } = world();
    const [here, there] = [await start(), await start()];
    const held = (await takeMany(here, 20, account(20))).filter(isHold);
    held[0]?.release();
    await clock.advance(300);
    assert.ok(isHold(await there.take(account(20))));
  });

  it('never keep more ready of a total than its share of 5 %, though a burst took many at once', async () => {
    const { start, clock, used } = world();
    const [edge] = [await start(), await start()];
    const held = (await takeMany(edge, 400, total(1000))).filter(isHold);
    for (let session = 0; session < 20; session++) {
      held.push(await hold(edge, total(1000)));
      await clock.advance(2);
      assert.ok(used(total(1000)) <= held.length + 50, `${used(total(1000))} for ${held.length}`);
    }
    for (const session of held.splice(0)) session.release();
    await clock.advance(30_000);
    assert.ok(used(total(1000)) <= 16, 'at rest it keeps few');
  });

  it('gather who asks while one is in flight', async () => {
    const { start } = world();
    const edge = await start();
    await takeMany(edge, 100, account(200));
    assert.equal(edge.changes, 1);
  });

  it('are not repeated for a key that was full a moment ago', async () => {
    const { start, clock } = world();
    const edge = await start();
    await takeMany(edge, 2, account(2));
    await edge.take(account(2));
    const before = edge.changes;
    for (let asked = 0; asked < 50; asked++) await edge.take(account(2));
    assert.equal(edge.changes, before);
    await clock.advance(1_001);
    await edge.take(account(2));
    assert.equal(edge.changes, before + 1);
  });

  it('are none for a session that may not linger or be spare but its own two', async () => {
    const { start } = world();
    const edge = await start();
    (await hold(edge, lock())).release();
    await atRest();
    assert.equal(edge.changes, 2);
  });

  it('are two for a client that comes back every quarter of an hour, though its key was forgotten meanwhile', async () => {
    const { start, clock } = world();
    const edge = await start();
    for (let visit = 0; visit < 5; visit++) {
      (await hold(edge, lock())).release();
      await clock.advance(15 * 60_000);
    }
    assert.equal(edge.changes, 10);
  });

  it('of a new epoch know nothing of what the old one left in the store', async () => {
    const { start, clock, entry } = world();
    const edge = await start();
    (await hold(edge, lock())).release();
    await clock.advance(15 * 60_000);
    edge.stop();
    await clock.advance(60_000);
    edge.resume();
    await clock.advance(2_000);
    await hold(edge, lock());
    assert.equal(entry(edge, lock())?.count, 1);
    assert.equal(edge.slots.mayAct(), true);
  });

  it('clear a key of what processes that are gone left there, though they held nothing and nobody was refused', async () => {
    const { start, clock, store } = world();
    for (let deploys = 0; deploys < 20; deploys++) {
      const edge = await start();
      (await hold(edge, account(20))).release();
      await clock.advance(6_000);
      await edge.slots.close();
    }
    const last = await start();
    await hold(last, account(20));
    assert.equal(store.items.get(account(20).key)?.entries.size, 21);
    await clock.advance(15_000);
    assert.deepEqual([...(store.items.get(account(20).key)?.entries.keys() ?? [])], [last.slots.holder]);
  });

  it('keep a held key from being swept, and forget an unused one', async () => {
    const { start, clock } = world();
    const edge = await start();
    await hold(edge, lock());
    (await hold(edge, lock({ key: 'pop3/maildrop/bob' as SlotKey }))).release();
    await clock.advance(60_000);
    const before = edge.changes;
    await clock.advance(12 * 3_600_000 + 60_000);
    assert.equal(edge.changes, before + 1);
    await hold(edge, lock({ key: 'pop3/maildrop/bob' as SlotKey }));
    assert.equal(edge.changes, before + 3, 'the entry of 0 is met again, adopted, and moved on: after half a day nobody remembers it');
  });
});
