import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { type OpId, OutcomeUnknown, type SlotKey, type SlotMove, type SlotStore } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openDynamoSlotStore } from '../../platform/aws/dynamodb/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { type Fate, FaultyRoad } from './faulty-road.ts';
import { endpoint, type MadeTable, makeSlotTable, noEndpoint } from './slot-tables.ts';

const laptop = 'HOLDER-1' as HolderId;
const key = 'imap/sessions' as SlotKey;
const take: SlotMove = {
  key,
  holder: laptop,
  from: undefined,
  to: { count: 2, version: '1' as OpId },
  limit: 5,
  total: false,
  setLimit: false,
};
const unknown = (error: unknown): boolean => error instanceof OutcomeUnknown && error.cause !== undefined;

describe('the slot store on DynamoDB, when requests meet trouble', { skip: noEndpoint }, () => {
  let table: MadeTable;
  let road: FaultyRoad;
  let store: SlotStore & { close(): Promise<void> };
  let sure: typeof store;
  before(async () => {
    road = await FaultyRoad.open(endpoint ?? '');
  });
  after(() => road.close());
  beforeEach(async () => {
    table = await makeSlotTable();
    store = openDynamoSlotStore({ table: table.name, clock: systemClock, endpoint: road.url });
    sure = openDynamoSlotStore({ table: table.name, clock: systemClock });
    await store.read(key); // it knows the time now
    road.passed.length = 0;
  });
  afterEach(async () => {
    road.fate = () => 'well';
    await store.close();
    await sure.close();
    await table.remove();
  });

  /** The first requests meet these, the others none. */
  const meet = (...fates: readonly Fate[]): void => {
    const left = [...fates];
    road.fate = () => left.shift() ?? 'well';
  };
  const n = async (): Promise<number | undefined> => (await sure.read(key))?.n;

  it('repeats what was throttled, as it was, and applies it once', async () => {
    meet('throttled', 'throttled-account');
    assert.equal((await store.change(take)).changed, true);
    assert.equal(road.passed.length, 3);
    assert.equal(new Set(road.passed.map(({ body }) => body)).size, 1);
    assert.equal(await n(), 2);
  });

  it('does not know the outcome of what is throttled for longer than a call may take', async () => {
    road.fate = () => 'throttled';
    await assert.rejects(store.change(take), unknown);
    assert.ok(road.passed.length <= 8, 'a hot key is not heated further');
    assert.equal(await n(), undefined);
  });

  it('repeats what went down with its connection, and tells from the item that it had landed', async () => {
    meet('broken-after');
    const { changed, item } = await store.change(take);
    assert.equal(changed, false);
    assert.deepEqual(item.entries.get(laptop), take.to);
    assert.equal(await n(), 2);
  });

  it('repeats what broke off before it arrived', async () => {
    meet('broken');
    assert.equal((await store.change(take)).changed, true);
  });

  for (const fate of ['unanswered', 'lost', 'failed', 'failed-gateway'] as const) {
    it(`sends once what was ${fate}, and does not know the outcome`, async () => {
      meet(fate);
      await assert.rejects(store.change(take), unknown);
      assert.equal(road.passed.length, 1);
      assert.equal(await n(), fate === 'lost' ? undefined : 2);
    });
  }

  it('applies once what arrives twice, at once or seconds later', async () => {
    meet('twice-late', 'twice');
    await store.change(take);
    await store.change({ ...take, from: take.to, to: { count: 3, version: '2' as OpId } });
    assert.equal(await n(), 3);
    await sleep(2_000);
    assert.equal(await n(), 3);
  });

  it('does nothing any more with a late copy of what a new version has overtaken', async () => {
    meet('late');
    await assert.rejects(store.change(take), unknown);
    await sure.change({ ...take, to: { count: 0, version: '2' as OpId } });
    await sleep(2_000);
    assert.equal(await n(), 0);
  });

  it('does not know the outcome of anything while connections are refused, and goes on when they are not', async () => {
    await road.refuse();
    await assert.rejects(store.change(take), unknown);
    await assert.rejects(store.read(key), unknown);
    await assert.rejects(store.renew(laptop, 40_000), unknown);
    await road.accept();
    assert.equal((await store.change(take)).changed, true);
  });

  it('gives a holder one registration, whatever became of the first reply', async () => {
    meet('broken-after');
    const { leaseUntil } = await store.register(laptop, 40_000);
    assert.deepEqual(await sure.holder(laptop), { state: 'live', leaseUntil, ask: [] });
  });

  it('does not bring a dead holder back to life by a late copy of its registration', async () => {
    meet('twice-late');
    await store.register(laptop, 40_000);
    await sure.declareDead(laptop, true);
    await sleep(2_000);
    assert.equal((await sure.holder(laptop))?.state, 'dead');
    assert.equal(await store.renew(laptop, 40_000), 'dead');
  });

  it('hands a request over once, although it was sent twice', async () => {
    await sure.register(laptop, 40_000);
    meet('broken-after');
    assert.equal(await store.ask(laptop, 'kick s1'), true);
    const renewed = await sure.renew(laptop, 40_000);
    assert.deepEqual(renewed !== 'dead' && renewed.ask, ['kick s1']);
  });

  it('takes a hundred requests for one holder and no more', async () => {
    await sure.register(laptop, 40_000);
    const asked = await Promise.all(Array.from({ length: 103 }, (_, i) => store.ask(laptop, `kick s${i}`)));
    assert.equal(asked.filter(Boolean).length, 100);
  });

  it('throws what is a mistake of ours as it is', async () => {
    const elsewhere = openDynamoSlotStore({ table: 'no-such-table', clock: systemClock });
    await assert.rejects(elsewhere.change(take), ResourceNotFoundException);
    await elsewhere.close();
  });

  it('tells the time by the replies of DynamoDB alone, alike in two processes, and wrong in neither', async () => {
    meet('failed-gateway');
    await assert.rejects(store.read(key), unknown);
    for (let i = 0; i < 3; i++) {
      await sure.read(key);
      await sleep(300);
    }
    const [there, here] = [sure.leaseTime(), store.leaseTime()];
    for (const time of [there, here]) assert.ok(time >= Date.now() - 50 && time < Date.now() + 2_000, String(time - Date.now()));
    assert.ok(Math.abs(there - here) < 1_500);
  });

  it('has more patience with a listing, for which no session waits', async () => {
    await sure.change(take);
    road.fate = ({ operation }) => (operation === 'Scan' ? 'slow' : 'well');
    assert.deepEqual(
      (await store.list('imap/', 5)).map((one) => one.key),
      [key],
    );
  });

  it('can be opened and asked before anything was ever told by it', async () => {
    const fresh = openDynamoSlotStore({ table: table.name, clock: systemClock });
    assert.equal((await fresh.change(take)).changed, true);
    await fresh.close();
  });
});
