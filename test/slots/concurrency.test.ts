import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Want } from '../../core/slots/slots.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { makeSlotTable, noEndpoint } from '../aws/slot-tables.ts';
import { memorySlotStore } from './memory-slot-store.ts';
import { isHold, SlotProcess } from './slot-process.ts';
import { atRest, VirtualClock } from './virtual-clock.ts';

const want = (limit: number): Want => ({ key: 'imap/sessions-per-account/alice@example.org' as SlotKey, limit, kind: 'shared' });

/** Four processes ask all at once for twice of what there is, then give it all back, five times. @returns the most that were let in */
async function mostLetIn(stores: readonly SlotStore[], clock: VirtualClock, limit: number): Promise<number> {
  const edges = await Promise.all(stores.map((store, i) => SlotProcess.start({ store, clock, name: `edge-${i}` })));
  let most = 0;
  for (let round = 0; round < 5; round++) {
    const answers = await Promise.all(edges.flatMap((edge) => Array.from({ length: limit / 2 }, () => edge.take(want(limit)))));
    const holds = answers.filter(isHold);
    most = Math.max(most, holds.length);
    for (const held of holds) held.release();
    await clock.advance(7_000);
  }
  await Promise.all(edges.map((edge) => edge.slots.close()));
  return most;
}

/** Decides on what it read a moment ago, and answers by it. */
const notAtomic = (store: SlotStore): SlotStore => ({
  ...store,
  change: async (move) => {
    const seen = (await store.read(move.key)) ?? { n: 0, entries: new Map() };
    await atRest();
    const more = move.to.count - (move.from?.count ?? 0);
    if (more > 0 && seen.n + more > move.limit) return { changed: false, item: seen };
    const answer = await store.change({ ...move, limit: 0 });
    return { ...answer, item: { ...answer.item, n: seen.n + more } };
  },
});

/** Looks at a holder's count instead of its version: a late copy of an old move finds the count it was meant for again. */
const withoutVersion = (store: SlotStore): SlotStore => ({
  ...store,
  change: async (move) => {
    const mine = (await store.read(move.key))?.entries.get(move.holder);
    return store.change((mine?.count ?? 0) === (move.from?.count ?? 0) ? { ...move, from: mine } : move);
  },
});

describe('the concurrency contract of a slot store', () => {
  it('is kept in memory', async () => {
    const clock = new VirtualClock();
    const store = memorySlotStore(() => clock.monotonic());
    assert.equal(await mostLetIn([store, store, store, store], clock, 20), 20);
  });

  it('is kept by SQLite', async () => {
    const clock = new VirtualClock();
    const directory = await mkdtemp(join(tmpdir(), 'mailweir-slots-'));
    const open = () => openSqliteSlotStore(join(directory, 'slots.db'), clock, { leaseTime: () => clock.monotonic() });
    const stores = [await open(), await open(), await open(), await open()];
    assert.equal(await mostLetIn(stores, clock, 20), 20);
    for (const store of stores) await store.close();
    await rm(directory, { recursive: true });
  });

  it('is kept by DynamoDB', { skip: noEndpoint }, async () => {
    const clock = new VirtualClock();
    const table = await makeSlotTable();
    const stores = Array.from({ length: 4 }, () => openDynamoSlotStore({ table: table.name, clock, leaseTime: () => clock.monotonic() }));
    assert.equal(await mostLetIn(stores, clock, 20), 20);
    for (const store of stores) await store.close();
    await table.remove();
  });

  it('is broken by a store that is not atomic', async () => {
    const clock = new VirtualClock();
    const store = notAtomic(memorySlotStore(() => clock.monotonic()));
    assert.ok((await mostLetIn([store, store, store, store], clock, 20)) > 20);
  });

  for (const [name, broken] of [
    ['versions', false],
    ['counts only', true],
  ] as const) {
    it(`late copies are ${broken ? 'harmful' : 'harmless'} when the store compares ${name}`, async () => {
      const clock = new VirtualClock();
      const memory = memorySlotStore(() => clock.monotonic());
      let calls = 0;
      const fate = () => (calls++ === 1 ? 'late-copy' : 'well');
      const edge = await SlotProcess.start({ store: broken ? withoutVersion(memory) : memory, clock, name: 'edge', fate });
      const lock: Want = { ...want(1), kind: 'plain' };
      const held = await edge.take(lock);
      assert.ok(isHold(held));
      held.release();
      await clock.advance(4_000);
      assert.equal(memory.items.get(lock.key)?.n, broken ? 1 : 0);
    });
  }
});
