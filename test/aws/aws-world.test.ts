import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, it } from 'node:test';
import type { OpId, SlotKey } from '../../core/slots/slot-store.ts';
import { noMeter } from '../../core/slots/slots-meter.ts';
import type { HolderId } from '../../core/values/ids.ts';
import { openAwsWorld, openMailWorld } from '../../platform/aws/world.ts';
import { worldNames } from '../../platform/aws/world-names.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';
import { makeStage } from './whole-stage.ts';

const silent = { event: () => {}, failure: () => {} };
/** Nobody listens there: whoever asks is refused at once. */
const nowhere = 'http://127.0.0.1:9';
const unused = { slots: 's', spool: 'sp', failures: 'f', addresses: 'a', collect: 'c', mail: 'm' };
const queues = { outbound: `${nowhere}/o`, local: `${nowhere}/l`, collect: `${nowhere}/c` };
const names = { stage: 'test', tables: unused, bucket: 'b', hostname: 'mail.example.org', queues };

describe('the world of AWS', () => {
  it('is opened for whoever reaches mailboxes without a request, and closed', async () => {
    process.env.AWS_REGION ??= 'us-east-1';
    await openMailWorld({ names, log: silent, endpoint: nowhere }).close();
  });

  it('is not half open when its talk can not be opened', async (t) => {
    const other = createServer();
    await once(other.listen(0, '127.0.0.1'), 'listening');
    t.after(() => other.close());
    const { port } = other.address() as { port: number };
    const talk = { name: 'task', listen: { host: '127.0.0.1', port } };
    await assert.rejects(openAwsWorld({ names, log: silent, endpoint: nowhere, talk }), /EADDRINUSE/);
  });

  it('says every variable that is missing in the environment of a task', () => {
    assert.throws(() => worldNames({ MAILWEIR_STAGE: 'prod' }), /MAILWEIR_SLOTS_TABLE, .*MAILWEIR_HOSTNAME/);
  });
});

describe('slots of a task', { skip: noEndpoint }, () => {
  it('tell the writes to parts of a key as writes for the key', async (t) => {
    const stage = await makeStage(endpoint ?? '');
    t.after(() => stage.remove());
    const world = await stage.open();
    const wrote: (SlotKey | undefined)[] = [];
    const store = world.countedSlots({ ...noMeter, wrote: (key) => wrote.push(key) });
    const holder = 'H1' as HolderId;
    const key = 'imap/sessions' as SlotKey;
    await store.register(holder, 40_000);
    const to = { count: 1, version: '1' as OpId };
    await store.change({ key, holder, from: undefined, to, limit: 1000, total: true, setLimit: true });
    assert.equal(wrote[0], undefined); // the holder's own row
    assert.ok(wrote.length > 2, 'a share and an entry at least');
    assert.deepEqual(new Set(wrote.slice(1)), new Set([key]));
    const seen = await world.slotStore.read(key);
    assert.equal(seen?.entries.get(holder)?.count, 1);
  });
});
