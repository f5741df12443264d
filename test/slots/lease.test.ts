import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { OpId, SlotKey } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { type Fate, isHold } from './slot-process.ts';
import { hold, world } from './slot-world.ts';
import { atRest } from './virtual-clock.ts';

const lock: Want = { key: 'pop3/maildrop/alice@example.org' as SlotKey, limit: 1, kind: 'plain' };
const account = (limit: number): Want => ({ key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit, kind: 'shared' });
const total = (limit: number): Want => ({ key: 'imap/sessions' as SlotKey, limit, kind: 'total' });

/** Fates for the next calls of the store, then all goes well. */
const fates =
  (...next: Fate[]): (() => Fate) =>
  () =>
    next.shift() ?? 'well';

describe('a holder', () => {
  it('may act for as long as it renews', async () => {
    const { start, clock, store } = world();
    const edge = await start();
    const { holder } = edge.slots;
    for (let minute = 0; minute < 10; minute++) {
      await clock.advance(60_000);
      assert.equal(edge.slots.mayAct(), true);
    }
    assert.equal(edge.slots.holder, holder);
    assert.ok(((await store.holder(holder))?.leaseUntil ?? 0) - clock.monotonic() >= 30_000);
  });

  it('that died has its slots taken by others after its lease, and not before', async () => {
    const { start, clock } = world();
    const [phone, laptop] = [await start(), await start()];
    await hold(phone, lock);
    for (let i = 0; i < 150; i++) await hold(phone, total(150));
    phone.kill();
    await clock.advance(29_000);
    assert.ok(!isHold(await laptop.take(lock)));
    await clock.advance(11_100);
    await hold(laptop, lock);
    for (let i = 0; i < 150; i++) await hold(laptop, total(150));
  });

  it('fences itself 30 s after its last renewal was sent, by looking at the clock', async () => {
    const { start, clock } = world();
    const edge = await start();
    edge.stop();
    clock.jump(29_999);
    assert.equal(edge.slots.mayAct(), true);
    clock.jump(1);
    assert.equal(edge.slots.mayAct(), false);
  });

  it('fences itself by the lease clock when its own stood still', async () => {
    const { start, clock, store } = world();
    const edge = await start();
    const leaseTime = store.leaseTime();
    store.leaseTime = () => leaseTime + 31_000;
    assert.equal(clock.monotonic() - leaseTime, 0);
    assert.equal(edge.slots.mayAct(), false);
  });

  it('that was stopped for a moment goes on with what it held', async () => {
    const { start, clock } = world();
    const edge = await start();
    const { holder } = edge.slots;
    const held = await hold(edge, lock);
    edge.stop();
    await clock.advance(35_000);
    assert.equal(edge.slots.mayAct(), false);
    edge.resume();
    await atRest();
    assert.equal(edge.slots.mayAct(), true);
    assert.equal(edge.slots.holder, holder);
    held.release();
    assert.deepEqual(edge.mustClose, []);
  });

  it('that was declared dead while it was stopped takes its slots again under a new epoch', async () => {
    const { start, clock, entry, used } = world();
    const [phone, laptop] = [await start(), await start()];
    await hold(phone, account(2));
    await hold(phone, account(2));
    const before = phone.slots.holder;
    phone.stop();
    await clock.advance(41_000);
    (await hold(laptop, account(2))).release();
    await clock.advance(6_000);
    assert.equal(used(account(2)), 0);
    phone.resume();
    assert.equal(phone.slots.mayAct(), false);
    await atRest();
    assert.equal(phone.slots.mayAct(), true);
    assert.notEqual(phone.slots.holder, before);
    assert.equal(entry(phone, account(2))?.count, 2);
    assert.deepEqual(phone.mustClose, []);
  });

  it('gives up those of its sessions whose slots others took meanwhile', async () => {
    const { start, clock, used } = world();
    const [phone, laptop] = [await start(), await start()];
    const held = [await hold(phone, account(3)), await hold(phone, account(3)), await hold(phone, account(3))];
    const before = phone.slots.holder;
    phone.stop();
    await clock.advance(41_000);
    await hold(laptop, account(3));
    await hold(laptop, account(3));
    phone.resume();
    assert.equal(phone.slots.mayAct(), false);
    await atRest();
    assert.equal(phone.slots.mayAct(), true);
    assert.notEqual(phone.slots.holder, before);
    assert.deepEqual(phone.mustClose, [account(3).key, account(3).key]);
    assert.equal(used(account(3)), 3);
    held[0]?.release();
    held[1]?.release();
    await clock.advance(100);
    assert.equal(used(account(3)), 3, 'the sessions that had no slot gave none back');
    held[2]?.release();
    await clock.advance(100);
    assert.equal(used(account(3)), 2);
  });

  it('does not hand out a slot that came after its fence', async () => {
    const { start, clock } = world();
    const edge = await start();
    const asked = edge.take(lock);
    edge.stop();
    await clock.advance(35_000);
    let answered = false;
    void asked.then(() => {
      answered = true;
    });
    await atRest();
    assert.equal(answered, false);
    edge.resume();
    await atRest();
    assert.ok(isHold(await asked));
    assert.equal(edge.slots.mayAct(), true);
  });

  it('whose entry has vanished fences at once and begins a new epoch', async () => {
    const { start, store, entry } = world();
    const edge = await start();
    await hold(edge, account(9));
    const before = edge.slots.holder;
    await store.repair(account(9).key, before, (entry(edge, account(9))?.version ?? '') as OpId);
    const second = edge.take(account(9));
    await atRest();
    assert.notEqual(edge.slots.holder, before);
    assert.ok(isHold(await second));
    assert.equal(entry(edge, account(9))?.count, 2);
    assert.equal((await store.holder(before))?.state, 'dead');
    assert.equal(edge.slots.mayAct(), true);
  });
});

describe('a write whose outcome is unknown', () => {
  it('is settled: a lost reply takes the slot once', async () => {
    const { start, clock, used } = world();
    const edge = await start({ fate: fates('well', 'lost-reply') });
    const asked = edge.take(lock);
    await clock.advance(900);
    assert.ok(isHold(await asked));
    assert.equal(used(lock), 1);
    assert.ok(!isHold(await edge.take(lock)));
  });

  it('is settled: a lost request takes the slot once', async () => {
    const { start, clock, used } = world();
    const edge = await start({ fate: fates('well', 'lost-request') });
    const asked = edge.take(lock);
    await clock.advance(900);
    assert.ok(isHold(await asked));
    assert.equal(used(lock), 1);
  });

  for (const late of ['late-request', 'late-copy', 'lost-reply-and-late-copy'] as const) {
    it(`never applies later: ${late}`, async () => {
      const { start, clock, used } = world();
      const edge = await start({ fate: fates('well', late) });
      const asked = edge.take(account(4));
      await clock.advance(900);
      const held = await asked;
      assert.ok(isHold(held));
      const more = [await hold(edge, account(4)), await hold(edge, account(4))];
      held.release();
      await clock.advance(5_000);
      assert.equal(used(account(4)), 2);
      for (const one of more) one.release();
      await clock.advance(5_000);
      assert.equal(used(account(4)), 0);
    });
  }

  it('of a release is settled too', async () => {
    const { start, clock, used } = world();
    const edge = await start({ fate: fates('well', 'well', 'late-request') });
    const held = await hold(edge, lock);
    held.release();
    await clock.advance(1_000);
    await hold(edge, lock);
    await clock.advance(5_000);
    assert.equal(used(lock), 1);
  });

  it('of a renewal is no reason to fence before its time', async () => {
    const { start, clock } = world();
    const edge = await start({ fate: fates('well', 'lost-reply', 'lost-request', 'lost-reply') });
    const { holder } = edge.slots;
    await clock.advance(20_000);
    assert.equal(edge.slots.mayAct(), true);
    assert.equal(edge.slots.holder, holder);
  });
});
