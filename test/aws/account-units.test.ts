import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountId, Address } from '../../core/values/address.ts';
import { makeAccountTables } from './account-tables.ts';
import { assertAgrees } from './account-tables-read.ts';
import { meteredClient, type Units } from './metered-client.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const alice = 'alice.liddell@example.org' as AccountId;
const bob = 'bob@example.org' as AccountId;
const hash = `$argon2id$v=19$m=19456,t=2,p=1$${'c2FsdHNhbHRzYWx0c2E'}$${'x'.repeat(43)}`;

describe('what accounts and names cost in capacity units', { skip: noEndpoint }, () => {
  it('is as the decision about them says, for an account of eight mailboxes and for one of 1,000', async (t) => {
    const tables = await makeAccountTables(endpoint ?? '');
    const { client, units } = meteredClient(endpoint ?? '');
    t.after(async () => {
      client.destroy();
      await tables.remove();
    });
    const { accounts, mailboxes, loginFailures } = tables.open({ client });
    const { mailboxes: unmetered } = tables.open();
    const told: string[] = [];
    const costs = async (what: string, work: () => Promise<unknown>, exactly: Omit<Units, 'requests'>): Promise<void> => {
      const { read, written, requests } = await units(work);
      told.push(`${what}: ${read} read, ${written} written, ${requests} requests`);
      assert.deepEqual({ read, written }, exactly, what);
    };
    await costs('add an account', () => accounts.add(alice, hash), { read: 4, written: 46 });
    await costs('add another account', () => accounts.add(bob, hash), { read: 4, written: 46 });
    await costs('login', () => accounts.find(alice), { read: 1, written: 0 });
    await costs('login by a bare name', () => accounts.named('alice.liddell'), { read: 1, written: 0 });
    await costs('login failures looked at', () => loginFailures.count('192.0.2.1/32' as never, Date.now()), { read: 2, written: 0 });
    await costs('change a password', () => accounts.setPassword(alice, hash), { read: 2, written: 6 });
    await costs('resolve an address', () => accounts.resolve(alice as string as Address), { read: 2, written: 0 });
    await costs('find INBOX', () => mailboxes.find(alice, 'INBOX'), { read: 1, written: 0 });
    await costs('create', () => mailboxes.create(alice, 'Work'), { read: 2, written: 6 });
    await costs('create below', () => mailboxes.create(alice, 'Work/2026'), { read: 3, written: 8 });
    await costs('find one below', () => mailboxes.find(alice, 'Work/2026'), { read: 2, written: 0 });
    await costs('list of 8', () => mailboxes.list(alice), { read: 1, written: 0 });
    await costs('rename', () => mailboxes.rename(alice, 'Work', 'Play'), { read: 4, written: 6 });
    await costs('subscribe', () => mailboxes.subscribe(alice, 'Play', true), { read: 2, written: 4 });
    await costs('delete', () => mailboxes.delete(alice, 'Play/2026'), { read: 3, written: 10 });
    for (let i = 0; i < 992; i += 31) {
      await unmetered.create(alice, [`year ${i}`, ...Array.from({ length: 30 }, (_, level) => `level ${level}`)].join('/'));
    }
    const many = await unmetered.list(alice);
    assert.equal(many.length, 7 + 992);
    await costs('list of 1,000', () => mailboxes.list(alice), { read: 33, written: 0 });
    await costs('rename one with 30 below, of 1,000', () => mailboxes.rename(alice, 'year 0', 'year zero'), { read: 36, written: 6 });
    await costs('remove an account of 6', () => accounts.remove(bob), { read: 11, written: 72 });
    await assertAgrees(tables, true);
    t.diagnostic(told.join('\n'));
  });
});
