import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Full, Hold, Want } from '../../core/slots/slots.ts';
import type { StoreDownPolicy } from '../../core/slots/store-down.ts';
import { memorySlotStore } from './memory-slot-store.ts';
import { isHold, SlotProcess } from './slot-process.ts';
import { VirtualClock } from './virtual-clock.ts';

const account = (limit: number): Want => ({ key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit, kind: 'shared' });
const total = (limit: number): Want => ({ key: 'imap/sessions' as SlotKey, limit, kind: 'total' });

async function world(policy: StoreDownPolicy) {
  const clock = new VirtualClock();
  const store = memorySlotStore(() => clock.monotonic());
  const edges = [
    await SlotProcess.start({ store, clock, name: 'one', policy }),
    await SlotProcess.start({ store, clock, name: 'two', policy }),
  ] as const;
  const cut = async (yes: boolean): Promise<void> => {
    for (const edge of edges) edge.cut = yes;
    await clock.advance(13_000);
  };
  const take = async (edge: SlotProcess, many: number, want: Want): Promise<(Hold | Full | 'store-down')[]> => {
    const asked = Promise.all(Array.from({ length: many }, () => edge.take(want)));
    await clock.advance(2_000);
    return asked;
  };
  return { clock, store, edges, cut, take };
}

const holds = (answers: readonly (Hold | Full | 'store-down')[]): readonly Hold[] => answers.filter(isHold);
const events = (edge: SlotProcess): readonly string[] => edge.events.map(({ name }) => name);

describe('while the slot store does not answer', () => {
  it('policy closed admits nobody and closes all sessions at the fence', async () => {
    const { clock, edges, cut, take } = await world('closed');
    const [edge] = edges;
    assert.equal(holds(await take(edge, 1, account(5))).length, 1);
    await cut(true);
    assert.deepEqual(await take(edge, 2, account(5)), ['store-down', 'store-down']);
    assert.equal(edge.slots.mayAct(), true);
    assert.deepEqual(edge.mustClose, []);
    await clock.advance(18_000);
    assert.equal(edge.slots.mayAct(), false);
    assert.deepEqual(edge.mustClose, ['all']);
    await cut(false);
    assert.equal(holds(await take(edge, 1, account(5))).length, 1);
    assert.deepEqual(edge.mustClose, ['all']);
  });

  it('policy local keeps sessions, and counts addresses and accounts here against the full limit', async () => {
    const { clock, edges, cut, take } = await world('local');
    const [edge] = edges;
    await take(edge, 2, account(5));
    await cut(true);
    assert.equal(holds(await take(edge, 9, account(5))).length, 3);
    await clock.advance(120_000);
    assert.equal(edge.slots.mayAct(), true);
    assert.deepEqual(edge.mustClose, []);
  });

  it('policy local admits a fair share of a total, and never less than is held', async () => {
    const { edges, cut, take } = await world('local');
    const [one, two] = edges;
    await take(one, 40, total(50));
    await take(two, 2, total(50));
    await cut(false);
    await cut(true);
    assert.equal(holds(await take(one, 20, total(50))).length, 0);
    assert.equal(holds(await take(two, 40, total(50))).length, 23);
  });

  it('policy open admits all', async () => {
    const { edges, cut, take } = await world('open');
    await cut(true);
    assert.equal(holds(await take(edges[0], 90, account(5))).length, 90);
  });

  it('a take that is under way is answered by the policy within seconds', async () => {
    const { clock, edges } = await world('local');
    const [edge] = edges;
    edge.cut = true;
    const asked = edge.take(account(5));
    await clock.advance(2_000);
    assert.ok(isHold(await asked));
  });

  it('a process starts all the same, and joins when the store is there', async () => {
    const clock = new VirtualClock();
    const store = memorySlotStore(() => clock.monotonic());
    let down = true;
    const starting = SlotProcess.start({ store, clock, name: 'late', policy: 'local', fate: () => (down ? 'lost-request' : 'well') });
    await clock.advance(5_000);
    const edge = await starting;
    assert.ok(isHold(await edge.take(account(1))));
    down = false;
    await clock.advance(2_000);
    assert.equal(store.items.get(account(1).key)?.n, 1);
    assert.equal(edge.slots.mayAct(), true);
  });

  it('one that started without it can be closed', async () => {
    const clock = new VirtualClock();
    const store = memorySlotStore(() => clock.monotonic());
    const starting = SlotProcess.start({ store, clock, name: 'late', policy: 'local', fate: () => 'lost-request' });
    await clock.advance(5_000);
    await (await starting).slots.close();
  });
});

describe('when the slot store is back', () => {
  for (const policy of ['local', 'open'] as const) {
    it(`sessions admitted under ${policy} are counted, and what does not fit is drained and told`, async () => {
      const { store, edges, cut, take } = await world(policy);
      const [one, two] = edges;
      const before = holds(await take(one, 1, account(5)));
      await cut(true);
      const admitted = [...before, ...holds(await take(one, 3, account(5)))];
      await take(two, 4, account(5));
      assert.ok(events(one).includes('slots-store-down'));
      await cut(false);
      assert.equal(store.items.get(account(5).key)?.n, 5);
      assert.equal(one.mustClose.length + two.mustClose.length, 3);
      const excess = [...one.events, ...two.events].filter(({ name }) => name === 'slots-excess');
      assert.equal(
        excess.reduce((sum, { fields }) => sum + Number(fields.sessions), 0),
        3,
      );
      assert.ok(events(one).includes('slots-store-back'));
      assert.equal(one.slots.mayAct() && two.slots.mayAct(), true);
      for (const held of admitted) held.release();
      await cut(false);
      const left = store.items.get(account(5).key);
      assert.ok(left !== undefined && left.n <= 4);
    });
  }

  it('after longer than a lease, sessions are taken again under a new epoch', async () => {
    const { clock, store, edges, cut, take } = await world('local');
    const [one, two] = edges;
    await take(one, 3, account(4));
    const before = one.slots.holder;
    one.cut = true;
    await clock.advance(45_000);
    assert.equal(one.slots.mayAct(), true);
    assert.equal(holds(await take(two, 3, account(4))).length, 3, 'the lease is over');
    await cut(false);
    assert.notEqual(one.slots.holder, before);
    assert.equal(one.mustClose.length, 2);
    assert.equal(store.items.get(account(4).key)?.n, 4);
    assert.equal(one.slots.mayAct(), true);
  });

  it('keeps its sessions acting throughout under policy local', async () => {
    const { clock, edges } = await world('local');
    const [edge] = edges;
    edge.cut = true;
    await clock.advance(12_000);
    for (let second = 0; second < 120; second++) {
      if (second === 60) edge.cut = false;
      await clock.advance(1_000);
      assert.equal(edge.slots.mayAct(), true, String(second));
    }
  });
});
