import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotKey, SlotMove, SlotStore } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { type Fate, isHold } from './slot-process.ts';
import { hold, world } from './slot-world.ts';
import { atRest } from './virtual-clock.ts';

/** What the model in test/model found, each told as it was. */

const account: Want = { key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit: 4, kind: 'shared' };
const lock: Want = { key: 'pop3/maildrop/alice@example.org' as SlotKey, limit: 1, kind: 'plain' };
const total = (limit: number): Want => ({ key: 'imap/sessions' as SlotKey, limit, kind: 'total' });

const fates =
  (...next: Fate[]): (() => Fate) =>
  () =>
    next.shift() ?? 'well';

describe('an outage', () => {
  it('that only one key met is over as soon as the heartbeat gets an answer', async () => {
    const { start, clock } = world();
    const edge = await start({ fate: fates('well', 'lost-request', 'lost-request'), policy: 'closed' });
    const refused = edge.take(account);
    await clock.advance(1_700);
    assert.equal(await refused, 'store-down');
    await hold(edge, lock);
  });

  it('is no reason to let in who came last before those who wait for a write that fails', async () => {
    const { start, clock } = world();
    const edge = await start({ policy: 'open' });
    const order: string[] = [];
    const ask = (name: string, want: Want) => void edge.take(want).then(() => order.push(name));
    edge.cut = true;
    ask('of another key', lock);
    await clock.advance(700);
    ask('first', account);
    await clock.advance(900); // the second failure in a row is that of the lock's key
    ask('second', account);
    await atRest();
    assert.deepEqual(order, ['of another key', 'first', 'second']);
  });

  it('that comes and goes keeps nobody waiting: the second write without an answer is one', async () => {
    const { start, clock } = world();
    const edge = await start({ fate: fates('well', 'lost-reply', 'well', 'well', 'lost-request'), policy: 'closed' });
    const other = await start();
    await hold(other, lock);
    const asked = edge.take(lock);
    await clock.advance(2_500);
    assert.equal(await asked, 'store-down');
  });
});

describe('a refused move that was sent twice', () => {
  it('does not apply when its copy arrives minutes later', async () => {
    const { start, clock, store, used } = world();
    const sent: SlotMove[] = [];
    const twice: SlotStore = {
      ...store,
      leaseTime: () => store.leaseTime(),
      change: async (move) => {
        sent.push(move);
        const answer = await store.change(move);
        return answer.changed ? answer : { ...answer, repeated: true };
      },
    };
    const [phone, laptop] = [await start(), await start({ store: twice })];
    const held = await hold(phone, lock);
    assert.ok(!isHold(await laptop.take(lock)));
    held.release();
    await clock.advance(60_000);
    await store.change(sent[0] as SlotMove);
    assert.equal(used(lock), 0);
  });
});

describe('the limit in force of a total', () => {
  it('is not brought back for long by a process that starts with an old setting', async () => {
    const { start, clock } = world();
    const [informed, late] = [await start(), await start()];
    await hold(informed, total(10));
    await hold(informed, total(4));
    await hold(late, total(10));
    await clock.advance(40_000);
    await hold(informed, total(4));
    assert.ok(!isHold(await informed.take(total(4))));
    assert.ok(!isHold(await late.take(total(10))));
  });

  it('is not brought back by a late copy of what a process sent that has ended', async () => {
    const { start, store } = world();
    const sent: SlotMove[] = [];
    const seen: SlotStore = {
      ...store,
      leaseTime: () => store.leaseTime(),
      change: (move) => {
        sent.push(move);
        return store.change(move);
      },
    };
    const [old, other] = [await start({ store: seen }), await start()];
    await hold(old, total(10));
    await hold(other, total(4));
    await old.slots.close();
    await store.change(sent.find(({ setLimit }) => setLimit) as SlotMove);
    assert.equal(store.items.get(total(0).key)?.limit, 4);
  });

  it('is learnt from every answer, that of a settling read included', async () => {
    const { start, clock } = world();
    const next: Fate[] = [];
    const late = await start({ fate: () => next.shift() ?? 'well' });
    const held = [await hold(late, total(6)), await hold(late, total(6)), await hold(late, total(6))];
    const informed = await start();
    assert.ok(!isHold(await informed.take(total(2))));
    next.push('lost-request');
    held[0]?.release();
    await clock.advance(100);
    const waits = late.take(total(6));
    await clock.advance(1_500);
    assert.ok(!isHold(await waits));
  });
});

describe('a key that was forgotten while it was being looked at', () => {
  it('is left to whoever takes it anew', async () => {
    const { start, clock, used } = world();
    let takes = 0;
    const edge = await start({ delay: () => takes, timings: { forgetAfter: 5_000 } });
    (await hold(edge, total(4))).release();
    await clock.advance(9_990);
    takes = 400;
    await clock.advance(420); // the heartbeat, and after it the look
    takes = 0;
    await hold(edge, total(4));
    await clock.advance(1_000);
    assert.equal(used(total(4)), 1);
  });
});
