import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { OpId, SlotEntry, SlotKey, SlotMove, SlotStore } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { makeSlotTable, noEndpoint } from '../aws/slot-tables.ts';
import { memorySlotStore } from '../slots/memory-slot-store.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';

interface Opened {
  /** Two processes over one store. */
  readonly stores: readonly [SlotStore, SlotStore];
  close(): Promise<void>;
}

const worlds: readonly { readonly name: string; readonly skip: string | false; open(clock: VirtualClock): Promise<Opened> }[] = [
  {
    name: 'memory',
    skip: false,
    open: async (clock) => {
      const store = memorySlotStore(() => clock.monotonic());
      return { stores: [store, store], close: async () => {} };
    },
  },
  {
    name: 'sqlite',
    skip: false,
    open: async (clock) => {
      const directory = await mkdtemp(join(tmpdir(), 'mailweir-slots-'));
      const open = () => openSqliteSlotStore(join(directory, 'slots.db'), clock, { leaseTime: () => clock.monotonic() });
      const first = await open();
      const second = await open();
      const close = async (): Promise<void> => {
        await first.close();
        await second.close();
        await rm(directory, { recursive: true });
      };
      return { stores: [first, second], close };
    },
  },
  {
    name: 'dynamodb',
    skip: noEndpoint,
    open: async (clock) => {
      const table = await makeSlotTable();
      const open = () => openDynamoSlotStore({ table: table.name, clock, leaseTime: () => clock.monotonic() });
      const [first, second] = [open(), open()];
      const close = async (): Promise<void> => {
        await first.close();
        await second.close();
        await table.remove();
      };
      return { stores: [first, second], close };
    },
  },
];

const key = 'imap/sessions-per-account/alice@example.org' as SlotKey;
const laptop = 'HOLDER-1' as HolderId;
const phone = 'HOLDER-2' as HolderId;
const entry = (count: number, version: string): SlotEntry => ({ count, version: version as OpId });

const move = (holder: HolderId, from: SlotEntry | undefined, to: SlotEntry, more: Partial<SlotMove> = {}): SlotMove => ({
  key,
  holder,
  from,
  to,
  limit: 3,
  total: false,
  setLimit: false,
  ...more,
});

for (const world of worlds) {
  describe(`the slot store on ${world.name}`, { skip: world.skip }, () => {
    const clock = new VirtualClock();
    let opened: Opened;
    let store: SlotStore;
    let other: SlotStore;
    beforeEach(async () => {
      opened = await world.open(clock);
      [store, other] = opened.stores;
    });
    afterEach(() => opened.close());

    it('counts all holders of a key together, and answers with the whole item', async () => {
      await store.change(move(laptop, undefined, entry(2, '1')));
      const answer = await other.change(move(phone, undefined, entry(1, '1')));
      assert.equal(answer.changed, true);
      assert.equal(answer.item.n, 3);
      assert.deepEqual(answer.item.entries.get(laptop), entry(2, '1'));
      assert.deepEqual(await store.read(key), answer.item);
    });

    it('knows nothing of a key that nobody ever held', async () => assert.equal(await store.read('x' as SlotKey), undefined));

    it('refuses what goes over the limit, and tells how things stand', async () => {
      await store.change(move(laptop, undefined, entry(2, '1')));
      const answer = await other.change(move(phone, undefined, entry(2, '1')));
      assert.equal(answer.changed, false);
      assert.equal(answer.item.n, 2);
      assert.equal((await store.read(key))?.n, 2);
    });

    it('takes limit 0 for unlimited', async () =>
      assert.ok((await store.change(move(laptop, undefined, entry(5000, '1'), { limit: 0 }))).changed));

    it('lets a holder have less over a lowered limit', async () => {
      await store.change(move(laptop, undefined, entry(3, '1')));
      assert.ok((await store.change(move(laptop, entry(3, '1'), entry(2, '2'), { limit: 1 }))).changed);
      assert.ok((await store.change(move(laptop, entry(2, '2'), entry(2, '3'), { limit: 1 }))).changed);
      assert.ok(!(await store.change(move(laptop, entry(2, '3'), entry(3, '4'), { limit: 1 }))).changed);
    });

    it('applies a move once, however often it is sent', async () => {
      const take = move(laptop, undefined, entry(1, '1'));
      const more = move(laptop, entry(1, '1'), entry(2, '2'));
      assert.deepEqual(
        [await store.change(take), await store.change(take)].map(({ changed }) => changed),
        [true, false],
      );
      assert.deepEqual(
        [await store.change(more), await store.change(more), await store.change(take)].map(({ changed }) => changed),
        [true, false, false],
      );
      assert.equal((await store.read(key))?.n, 2);
    });

    it('does not take an entry that is gone for the one a move starts from', async () => {
      await store.change(move(laptop, undefined, entry(2, '1')));
      await other.repair(key, laptop, '1' as OpId);
      const answer = await store.change(move(laptop, entry(2, '1'), entry(1, '2')));
      assert.equal(answer.changed, false);
      assert.equal(answer.item.n, 0);
    });

    it('keeps an entry of 0 with its version', async () => {
      await store.change(move(laptop, undefined, entry(1, '1')));
      await store.change(move(laptop, entry(1, '1'), entry(0, '2')));
      assert.deepEqual((await store.read(key))?.entries.get(laptop), entry(0, '2'));
      assert.equal((await store.change(move(laptop, undefined, entry(1, '1')))).changed, false);
    });

    it('removes an entry only at the version seen, and once', async () => {
      await store.change(move(laptop, undefined, entry(2, '1')));
      await other.repair(key, laptop, '0' as OpId);
      assert.equal((await store.read(key))?.n, 2);
      await other.repair(key, laptop, '1' as OpId);
      await other.repair(key, laptop, '1' as OpId);
      assert.deepEqual(await store.read(key), { n: 0, entries: new Map() });
    });

    it('keeps the limit in force of a total: news sets it, and who has another one is refused', async () => {
      const total = { total: true };
      assert.equal((await store.change(move(laptop, undefined, entry(0, '1'), { ...total, limit: 5, setLimit: true }))).item.limit, 5);
      const late = await other.change(move(phone, undefined, entry(1, '1'), { ...total, limit: 9 }));
      assert.equal(late.changed, false);
      assert.equal(late.item.limit, 5);
      assert.ok((await other.change(move(phone, undefined, entry(1, '2'), { ...total, limit: 5 }))).changed);
      assert.equal((await store.change(move(laptop, entry(0, '1'), entry(0, '2'), { ...total, limit: 0, setLimit: true }))).item.limit, 0);
      assert.ok((await other.change(move(phone, entry(1, '2'), entry(0, '3'), { ...total, limit: 9 }))).changed);
    });

    it('takes the first limit of a total that has none yet for the one in force', async () => {
      assert.equal((await store.change(move(laptop, undefined, entry(1, '1'), { total: true, limit: 7 }))).item.limit, 7);
    });

    it('lets a lease be prolonged by its holder until somebody declares it dead, which nobody may before it is over', async () => {
      const { leaseUntil, storeNow } = await store.register(laptop, 40_000);
      assert.equal(leaseUntil - storeNow, 40_000);
      clock.jump(30_000);
      assert.equal(await other.declareDead(laptop, false), false);
      const renewed = await store.renew(laptop, 40_000);
      assert.ok(renewed !== 'dead' && renewed.leaseUntil === leaseUntil + 30_000);
      clock.jump(40_001);
      assert.deepEqual(await other.holder(laptop), { state: 'live', leaseUntil: renewed.leaseUntil, ask: [] });
      assert.equal(await other.declareDead(laptop, false), true);
      assert.equal((await other.holder(laptop))?.state, 'dead');
      assert.equal(await store.renew(laptop, 40_000), 'dead');
    });

    it('renews twice in the same millisecond', async () => {
      await store.register(laptop, 40_000);
      assert.notEqual(await store.renew(laptop, 40_000), 'dead');
      assert.notEqual(await store.renew(laptop, 40_000), 'dead');
    });

    it('takes a holder for dead at its own word, and one without a row always', async () => {
      await store.register(laptop, 40_000);
      assert.equal(await store.declareDead(laptop, true), true);
      assert.equal(await store.renew(laptop, 40_000), 'dead');
      assert.equal(await store.holder(phone), undefined);
      assert.equal(await store.declareDead(phone, false), true);
      assert.equal(await store.renew(phone, 40_000), 'dead');
    });

    it('gives requests to the holder with its next renewal, once, and none to a dead one', async () => {
      await store.register(laptop, 40_000);
      assert.equal(await other.ask(laptop, 'list sessions'), true);
      assert.equal(await other.ask(laptop, 'kick s1'), true);
      const renewed = await store.renew(laptop, 40_000);
      assert.deepEqual(renewed !== 'dead' && renewed.ask, ['list sessions', 'kick s1']);
      const next = await store.renew(laptop, 40_000);
      assert.deepEqual(next !== 'dead' && next.ask, []);
      assert.equal(await other.ask(phone, 'kick s2'), false);
    });

    it('lists keys in use by prefix, in order, and no more than asked for', async () => {
      for (const name of ['pop3/b', 'imap/z', 'imap/a', 'imap_x'])
        await store.change(move(laptop, undefined, entry(1, '1'), { key: name as SlotKey }));
      await store.change(move(laptop, undefined, entry(0, '1'), { key: 'imap/unused' as SlotKey }));
      const keys = async (prefix: string, most: number) => (await other.list(prefix, most)).map((one) => one.key as string);
      assert.deepEqual(await keys('imap/', 10), ['imap/a', 'imap/z']);
      assert.deepEqual(await keys('', 3), ['imap/a', 'imap/z', 'imap_x']);
    });

    it('has one clock for all processes', async () => {
      assert.equal(store.leaseTime(), other.leaseTime());
    });
  });
}
