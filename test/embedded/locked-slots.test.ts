import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openSlots } from '../../core/slots/open-slots.ts';
import type { OpId, SlotKey } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openSqliteSlotStore } from '../../platform/embedded/slots/slot-store.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { systemNewId } from '../../platform/node/new-id.ts';
import { stopSlotStore } from '../acceptance/slot-outage.ts';

const key = 'imap/sessions' as SlotKey;
const holder = 'HOLDER' as HolderId;

describe('a slots file that a process holds locked and does not let go', () => {
  it('can be opened and read all the same, and a process that starts beside it serves by its policy', async (t) => {
    const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
    t.after(() => rm(dir, { recursive: true, force: true }));
    const before = await openSqliteSlotStore(join(dir, 'slots.db'), systemClock);
    await before.register(holder, -1); // its lease is over: the one who opens it next would empty the file
    await before.change({ key, holder, from: undefined, to: { count: 3, version: '1' as OpId }, limit: 7, total: true, setLimit: true });
    const stopped = stopSlotStore(dir);
    t.after(() => stopped.goOn());

    const store = await openSqliteSlotStore(join(dir, 'slots.db'), systemClock);
    t.after(() => Promise.all([store.close(), before.close()]).then(() => {}));
    assert.deepEqual([(await store.read(key))?.n, (await store.holder(holder))?.state], [3, 'live']);
    const log = { event: () => {}, failure: () => {} };
    const timings = { retryEvery: 100 };
    const slots = await openSlots({ store, clock: systemClock, newId: systemNewId(), policy: () => 'local', log, timings });
    const hold = await slots.take({ key, limit: 7, kind: 'total' });
    assert.ok(typeof hold === 'object' && 'release' in hold);
    stopped.goOn();
    await slots.close();
  });
});
