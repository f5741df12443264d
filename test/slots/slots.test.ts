import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full } from '../../core/slots/slots.ts';
import { isHold, type SlotProcess } from './slot-process.ts';
import { account, hold, lock, takeMany, total, world } from './slot-world.ts';
import { atRest } from './virtual-clock.ts';

const full = (used: number, limit: number): Full => ({ full: true, used, limit });

describe('slots', () => {
  it('let in exactly the limit, however many ask at once', async () => {
    const { start } = world();
    const edge = await start();
    for (const want of [account(7), total(250), lock()])
      assert.equal((await takeMany(edge, 400, want)).filter(isHold).length, want.limit, want.key);
  });

  it('let in exactly the limit over several processes', async () => {
    const { start } = world();
    const edges = await Promise.all([start(), start(), start()]);
    for (const want of [account(7), account(40, { key: 'x' as SlotKey }), lock()]) {
      const answers = await Promise.all(edges.map((edge) => takeMany(edge, 30, want)));
      assert.equal(answers.flat().filter(isHold).length, want.limit);
    }
  });

  it('refuse none below 95 % of a total of 100 and more, wherever sessions ask', async () => {
    const { start } = world();
    const edges = [await start(), await start(), await start()];
    let admitted = 0;
    for (let asked = 0; asked < 200; asked++) {
      const edge = edges[asked % 3] as SlotProcess;
      if (isHold(await edge.take(total(200)))) admitted += 1;
      else break;
    }
    assert.ok(admitted >= 190, String(admitted));
  });

  it('are all found by a single process that asks on, though others kept spare ones', async () => {
    const { start, clock } = world();
    const [busy, quiet] = [await start(), await start()];
    const session = await hold(quiet, total(200));
    session.release();
    await takeMany(busy, 185, total(200));
    await clock.advance(11_000);
    assert.equal((await takeMany(busy, 20, total(200))).filter(isHold).length, 15);
  });

  it('tell who is refused how many are used', async () => {
    const { start } = world();
    const edge = await start();
    await takeMany(edge, 2, account(2));
    assert.deepEqual(await edge.take(account(2)), full(2, 2));
  });

  it('can be taken again as soon as one is released, from every process', async () => {
    const { start } = world();
    const [phone, laptop] = [await start(), await start()];
    const lockOfPhone = await hold(phone, lock());
    assert.deepEqual(await laptop.take(lock()), full(1, 1));
    lockOfPhone.release();
    await atRest();
    // "full" is remembered for a moment where it was said, and only there
    await hold(phone, lock()).then((again) => again.release());
    await atRest();
    assert.ok(!isHold(await laptop.take(lock())));
  });

  it('come back to a process that was refused within a second', async () => {
    const { start, clock } = world();
    const [phone, laptop] = [await start(), await start()];
    const held = await hold(phone, lock());
    await laptop.take(lock());
    held.release();
    await clock.advance(1_000);
    await hold(laptop, lock());
  });

  it('are released once, however often their owner says so', async () => {
    const { start, used } = world();
    const edge = await start();
    const [first] = [await hold(edge, lock({ limit: 2 })), await hold(edge, lock({ limit: 2 }))];
    first.release();
    first.release();
    await atRest();
    assert.equal(used(lock()), 1);
    assert.equal(edge.slots.held().get(lock().key), 1);
  });

  it('are counted without a limit too, so that a limit set later is exact at once', async () => {
    const { start } = world();
    const [phone, laptop] = [await start(), await start()];
    await takeMany(phone, 5, account(0));
    assert.deepEqual(await laptop.take(account(4)), full(5, 4));
    assert.equal((await takeMany(laptop, 5, account(8))).filter(isHold).length, 3);
  });

  it('drain by attrition when the limit is lowered, spare ones included', async () => {
    const { start, clock } = world();
    for (const want of [total, account]) {
      const [phone, laptop] = [await start(), await start()];
      const holds = (await takeMany(phone, 150, want(400))).filter(isHold);
      await takeMany(laptop, 10, want(400));
      assert.ok(!isHold(await phone.take(want(120))));
      for (const held of holds.slice(0, 40)) held.release();
      await clock.advance(6_000);
      assert.ok(!isHold(await phone.take(want(120))), 'with 120 of 120');
      holds[40]?.release();
      await clock.advance(6_000);
      assert.ok(isHold(await laptop.take(want(120))));
      assert.ok(!isHold(await phone.take(want(120))));
      await phone.slots.close();
      await laptop.slots.close();
    }
  });

  it('follow a raised limit at once, even while "full" is remembered', async () => {
    const { start } = world();
    const edge = await start();
    await takeMany(edge, 3, account(2));
    await hold(edge, account(3));
    assert.ok(!isHold(await edge.take(account(3))));
  });

  it('of a total switch to a new limit in all processes when the first of them knows it', async () => {
    const { start, clock } = world();
    const [informed, late] = [await start(), await start()];
    await takeMany(informed, 10, total(50));
    await takeMany(late, 10, total(50));
    assert.ok(!isHold(await informed.take(total(20))));
    assert.deepEqual(await late.take(total(50)), full(20, 20));
    assert.ok(isHold(await informed.take(total(30))));
    await clock.advance(1_001);
    assert.equal((await takeMany(late, 50, total(50))).filter(isHold).length, 9);
  });

  it('are given back and taken over at once when a process ends cleanly', async () => {
    const { start, used } = world();
    const [phone, laptop] = [await start(), await start()];
    await hold(phone, lock());
    await hold(phone, total(1000));
    await phone.slots.close();
    assert.equal(used(total(1000)), 0);
    await hold(laptop, lock());
    assert.equal(await phone.take(lock()), 'store-down');
    assert.equal(phone.slots.mayAct(), false);
  });
});

describe('a waiting line', () => {
  it('is served first come, first served', async () => {
    const { start, clock } = world();
    const edge = await start();
    const held = await hold(edge, lock());
    const order: string[] = [];
    for (const name of ['first', 'second', 'third'])
      void edge.take(lock({ wait: 60_000 })).then(async (answer) => {
        order.push(name);
        await clock.sleep(10);
        if (isHold(answer)) answer.release();
      });
    await clock.advance(3_000);
    assert.deepEqual(order, []);
    held.release();
    await clock.advance(100);
    assert.deepEqual(order, ['first', 'second', 'third']);
  });

  it('is answered "full" at its deadline', async () => {
    const { start, clock } = world();
    const edge = await start();
    await hold(edge, lock());
    const waiting = edge.take(lock({ wait: 5_000 }));
    let answered = false;
    void waiting.then(() => {
      answered = true;
    });
    await clock.advance(4_900);
    assert.equal(answered, false);
    await clock.advance(200);
    assert.deepEqual(await waiting, full(1, 1));
  });

  it('gets what another process releases', async () => {
    const { start, clock } = world();
    const [phone, laptop] = [await start(), await start()];
    const held = await hold(phone, lock());
    const waiting = laptop.take(lock({ wait: 10_000 }));
    await clock.advance(3_000);
    held.release();
    await clock.advance(1_100);
    assert.ok(isHold(await waiting));
  });

  it('can be left', async () => {
    const { start, clock, used } = world();
    const edge = await start();
    const held = await hold(edge, lock());
    const leaving = new AbortController();
    const waiting = edge.take(lock({ wait: 10_000, signal: leaving.signal }));
    leaving.abort();
    assert.deepEqual(await waiting, full(1, 1));
    held.release();
    await clock.advance(100);
    assert.equal(used(lock()), 0);
    assert.deepEqual(await edge.take(lock({ signal: AbortSignal.abort() })), full(0, 1));
  });
});
