import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { keyClass } from '../../core/slots/slot-key.ts';
import type { OpId, SlotItem, SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Hold, Want } from '../../core/slots/slots.ts';
import { freeOf, isPartKey, partKey, sharesIn, usedOf } from '../../core/slots/split/part-layout.ts';
import { type SplitOptions, splitSlotStore } from '../../core/slots/split/split-slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { isHold, SlotProcess } from './slot-process.ts';
import { hold, world } from './slot-world.ts';
import { VirtualClock } from './virtual-clock.ts';

const sessions = (limit: number): Want => ({ key: 'imap/sessions' as SlotKey, limit, kind: 'total' });
const network = (limit: number): Want => ({ key: 'imap/sessions-per-address/203.0.113.0/24' as SlotKey, limit, kind: 'shared' });

function splitWorld(options: SplitOptions = {}) {
  const { clock, store, start } = world();
  const startSplit = (): Promise<SlotProcess> => start({ above: (under) => splitSlotStore(under, clock, options) });
  const startMany = (many: number): Promise<SlotProcess[]> => Promise.all(Array.from({ length: many }, startSplit));
  const root = ({ key }: Want): SlotItem => store.items.get(key) ?? { n: 0, entries: new Map() };
  const parts = ({ key }: Want) => [...sharesIn(root({ key } as Want)).keys()].map((part) => store.items.get(partKey(key, part)));
  const used = (want: Want): number => parts(want).reduce((sum, part) => sum + (part === undefined ? 0 : usedOf(part)), 0);
  const free = (want: Want): number => parts(want).reduce((sum, part) => sum + (part === undefined ? 0 : freeOf(part)), 0);
  /** Holders of one part wait for each other's raises. */
  const holdIn = async (process: SlotProcess, want: Want): Promise<Hold> => {
    const held = hold(process, want);
    await clock.advance(100);
    return await held;
  };
  const refused = async (process: SlotProcess, want: Want): Promise<boolean> => {
    const asked = process.take(want);
    await clock.advance(100);
    return !isHold(await asked);
  };
  return { clock, store, startSplit, startMany, holdIn, refused, root, parts, used, free };
}

async function takeUntilFull(processes: readonly SlotProcess[], want: Want, clock: VirtualClock): Promise<number> {
  let taken = 0;
  for (let refused = 0; refused < processes.length; ) {
    refused = 0;
    for (const process of processes) {
      const asked = process.take(want);
      await clock.advance(2_200);
      if (isHold(await asked)) taken += 1;
      else refused += 1;
    }
  }
  return taken;
}

describe('a key with many holders', () => {
  it('is not split under a limit that lets few have slots at once', async () => {
    const { store, startSplit, holdIn } = splitWorld();
    await holdIn(await startSplit(), sessions(40));
    assert.deepEqual([...store.items.keys()], ['imap/sessions']);
  });

  it('gives the parts of a total shares that add up to no more than its limit, and each holder a place in one of them', async () => {
    const { clock, startMany, root, used, holdIn } = splitWorld();
    const processes = await startMany(20);
    for (const process of processes) for (let session = 0; session < 5; session++) await holdIn(process, sessions(1000));
    await clock.advance(0);
    assert.ok(used(sessions(1000)) >= 100);
    assert.ok(root(sessions(1000)).n <= 1000);
    assert.equal(root(sessions(1000)).limit, 1000);
    assert.ok([...root(sessions(1000)).entries.keys()].every((name) => name.startsWith('PART')));
  });

  it('lets the first sixteen holders of an address stand in its own item, for one write each, and the next in parts', async () => {
    const { store, startMany, root, holdIn } = splitWorld();
    const processes = await startMany(20);
    for (const process of processes.slice(0, 16)) await holdIn(process, network(200));
    assert.equal(store.writes, 16);
    for (const process of processes.slice(16)) await holdIn(process, network(200));
    assert.equal([...root(network(200)).entries.keys()].filter((name) => name.startsWith('process')).length, 16);
    assert.ok(sharesIn(root(network(200))).size > 0);
  });

  it('has no large item: a thousand holders', async () => {
    const { clock, store, startMany } = splitWorld();
    const asked = (await startMany(1000)).map((process) => hold(process, sessions(100_000)));
    await clock.advance(3_000);
    await Promise.all(asked);
    const most = Math.max(...[...store.items.values()].map(({ entries }) => entries.size));
    assert.ok(most <= 64, `${most} entries in one item`);
  });

  for (const [name, want, mostDirect] of [
    ['a total', sessions(200), 16],
    ['an address', network(200), 16],
    ['an address with all but one holder in parts', network(200), 1],
  ] as const)
    it(`fills to its limit exactly from wherever it is asked for: ${name}`, async () => {
      const { clock, startMany } = splitWorld({ mostDirect });
      assert.equal(await takeUntilFull(await startMany(30), want, clock), 200);
    });

  it('takes from parts that have free shares before it refuses', async () => {
    const { clock, startMany, holdIn } = splitWorld({ mostDirect: 0 });
    const [laptop, phone] = (await startMany(2)) as [SlotProcess, SlotProcess];
    const held = [];
    for (let session = 0; session < 200; session++) held.push(await holdIn(laptop, network(200)));
    for (const one of held) one.release();
    await clock.advance(6_000);
    assert.equal(await takeUntilFull([phone], network(200), clock), 200);
  });

  it('gets back what a dead process had, though nobody lives in its part any more', async () => {
    const { clock, startMany, holdIn, refused } = splitWorld();
    const [doomed, other] = (await startMany(2)) as [SlotProcess, SlotProcess];
    for (let session = 0; session < 200; session++) await holdIn(doomed, sessions(200));
    assert.ok(await refused(other, sessions(200)));
    doomed.kill();
    await clock.advance(41_000);
    assert.equal(await takeUntilFull([other], sessions(200), clock), 200);
  });

  it('gives what a process had back at once when it ends', async () => {
    const { clock, startMany, holdIn } = splitWorld();
    const [ending, other] = (await startMany(2)) as [SlotProcess, SlotProcess];
    for (let session = 0; session < 200; session++) await holdIn(ending, sessions(200));
    await ending.slots.close();
    assert.equal(await takeUntilFull([other], sessions(200), clock), 200);
  });

  it('admits nobody over a lowered limit from the moment a process heard of it, until it has drained; then again', async () => {
    const { clock, startMany, root, free, holdIn, refused } = splitWorld();
    const processes = await startMany(8);
    const held = [];
    for (let session = 0; session < 80; session++) for (const process of processes) held.push(await holdIn(process, sessions(1000)));
    const teller = processes[0] as SlotProcess;
    assert.ok(await refused(teller, sessions(300)));
    await clock.advance(11_000);
    assert.equal(root(sessions(300)).limit, 300);
    assert.equal(free(sessions(300)), 0);
    for (const process of processes) assert.ok(await refused(process, sessions(300)));
    for (const one of held.splice(0, 400)) one.release();
    await clock.advance(11_000);
    assert.equal(await takeUntilFull(processes, sessions(300), clock), 300 - held.length);
  });

  it('admits by a raised limit at once where it was raised', async () => {
    const { startMany, holdIn, refused } = splitWorld();
    const [first, second] = (await startMany(2)) as [SlotProcess, SlotProcess];
    for (let session = 0; session < 100; session++) await holdIn(first, sessions(100));
    assert.ok(await refused(second, sessions(100)));
    assert.ok(!(await refused(second, sessions(500))));
  });

  it('counts without a limit too, so that one that is set later is exact', async () => {
    const { clock, startMany, holdIn, refused } = splitWorld();
    const processes = await startMany(5);
    for (let session = 0; session < 60; session++) for (const process of processes) await holdIn(process, sessions(0));
    await clock.advance(11_000);
    const [first] = processes as [SlotProcess];
    assert.ok(await refused(first, sessions(300)));
    assert.ok(!(await refused(first, sessions(400))));
  });

  it('keeps its own item from being swept while only its parts are written', async () => {
    const { clock, store, startSplit, root, holdIn } = splitWorld({ mostDirect: 0 });
    const laptop = await startSplit();
    const versionOfShare = () => [...root(network(200)).entries.values()].map(({ version }) => version);
    for (let session = 0; session < 20; session++) await holdIn(laptop, network(200));
    let last = versionOfShare();
    for (let day = 0; day < 3; day++) {
      for (let hour = 0; hour < 23; hour++) {
        clock.jump(3_600_000);
        await clock.advance(11_000);
        (await holdIn(laptop, network(200))).release();
        await clock.advance(6_000);
      }
      assert.notDeepEqual(versionOfShare(), last);
      last = versionOfShare();
    }
    assert.ok(store.writes > 0);
  });

  it('is one class of keys with its parts, for those who count writes', async () => {
    assert.equal(keyClass(partKey('imap/sessions' as SlotKey, 12)), 'imap/sessions');
    assert.equal(keyClass(partKey(network(200).key, 0)), 'imap/sessions-per-address');
    assert.equal(keyClass(network(200).key), 'imap/sessions-per-address');
  });

  it('is listed and read as one key, without its books', async () => {
    const { clock, store, startMany, holdIn } = splitWorld();
    const processes = await startMany(6);
    for (const process of processes) for (let session = 0; session < 3; session++) await holdIn(process, sessions(1000));
    const operator = splitSlotStore(store, clock);
    const [listed, ...more] = await operator.list('', 10);
    assert.deepEqual(more, []);
    assert.equal(listed?.key, 'imap/sessions');
    assert.equal(listed?.item.entries.size, 6);
    assert.equal(
      listed?.item.n,
      [...(listed?.item.entries.values() ?? [])].reduce((sum, { count }) => sum + count, 0),
    );
    assert.deepEqual(await operator.read('imap/sessions' as SlotKey), listed?.item);
  });

  it('lists as many keys as asked for, however many parts stand between them', async () => {
    const { clock, store, startMany, holdIn } = splitWorld();
    for (const process of await startMany(40)) await holdIn(process, sessions(100_000));
    for (const account of ['anna', 'bert'])
      await store.change({
        key: `pop3/sessions-per-account/${account}` as SlotKey,
        holder: 'laptop' as HolderId,
        from: undefined,
        to: { count: 1, version: '1' as OpId },
        limit: 5,
        total: false,
        setLimit: false,
      });
    assert.ok([...store.items.keys()].filter(isPartKey).length > 10);
    const keys = (await splitSlotStore(store, clock).list('', 3)).map(({ key }) => key as string);
    assert.deepEqual(keys, ['imap/sessions', 'pop3/sessions-per-account/anna', 'pop3/sessions-per-account/bert']);
  });

  it('is exact over a store that sends each call again and answers with what the last one said', async () => {
    const { clock, store, startSplit } = splitWorld();
    const twice = (under: SlotStore): SlotStore => ({
      ...under,
      change: async (move) => {
        await under.change(move);
        return await under.change(move);
      },
    });
    const edges = await Promise.all(
      Array.from({ length: 6 }, (_, i) =>
        SlotProcess.start({ store, clock, name: `twice-${i}`, above: (under) => splitSlotStore(twice(under), clock, { mostDirect: 1 }) }),
      ),
    );
    assert.equal(await takeUntilFull(edges, network(100), clock), 100);
    for (const edge of edges) await edge.slots.close();
    assert.equal(await takeUntilFull([await startSplit()], network(100), clock), 100);
  });

  it('lets in exactly the limit over SQLite, however many ask at once', async () => {
    const clock = new VirtualClock();
    const directory = await mkdtemp(join(tmpdir(), 'mailweir-slots-'));
    const open = () => openSqliteSlotStore(join(directory, 'slots.db'), clock, { leaseTime: () => clock.monotonic() });
    const stores = [await open(), await open(), await open()];
    const edges = await Promise.all(
      stores.map((store, i) => SlotProcess.start({ store, clock, name: `edge-${i}`, above: (under) => splitSlotStore(under, clock) })),
    );
    for (let round = 0; round < 3; round++) {
      const answers = Promise.all(edges.flatMap((edge) => Array.from({ length: 60 }, () => edge.take({ ...sessions(90), wait: 5_000 }))));
      const holds = (await clock.advanceUntil(answers)).filter(isHold);
      assert.equal(holds.length, 90);
      for (const held of holds) held.release();
      await clock.advance(11_000);
    }
    for (const edge of edges) await clock.advanceUntil(edge.slots.close());
    for (const store of stores) await store.close();
    await rm(directory, { recursive: true });
  });
});
