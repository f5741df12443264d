import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AccountId, Address } from '../../core/values/address.ts';
import { finishRemovals } from '../../platform/aws/accounts/removal.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { type AccountProcess, type AccountTables, makeAccountTables } from './account-tables.ts';
import { assertAgrees } from './account-tables-read.ts';
import { mortalClient, ProcessDied } from './mortal-client.ts';
import { endpoint, noEndpoint } from './slot-tables.ts';

const alice = 'alice@example.org' as AccountId;
const bob = 'bob@example.org' as AccountId;
const at = (text: string): Address => text as Address;

/** A change, what there is before it, and what it answers when it is repeated after it was done already. */
interface Change {
  readonly name: string;
  readonly before: (healthy: AccountProcess) => Promise<unknown>;
  readonly change: (process: AccountProcess) => Promise<unknown>;
  readonly repeated: readonly unknown[];
  readonly after: (healthy: AccountProcess) => Promise<unknown>;
}

const withAlice = ({ accounts }: AccountProcess) => accounts.add(alice, 'h');
const namesOf = async ({ mailboxes }: AccountProcess): Promise<readonly string[]> =>
  (await mailboxes.list(alice)).flatMap(({ name, mailbox }) => (mailbox === undefined ? [`(${name})`] : [name])).slice(6);

const changes: readonly Change[] = [
  {
    name: 'an account added',
    before: ({ accounts }) => accounts.add(bob, 'h'),
    change: withAlice,
    repeated: ['exists'],
    after: async ({ accounts, mailboxes }) => {
      assert.equal((await accounts.find(alice))?.passwordHash, 'h');
      assert.equal((await mailboxes.list(alice)).length, 6);
    },
  },
  {
    name: 'an account removed',
    before: async (process) => {
      await withAlice(process);
      await process.accounts.add(bob, 'h');
      // More than one transaction takes.
      await process.mailboxes.create(alice, Array.from({ length: 30 }, (_, i) => i).join('/'));
      await process.mailboxes.create(alice, 'a/b/c');
      await process.mailboxes.subscribe(alice, 'a/b/c', true);
    },
    change: ({ accounts }) => accounts.remove(alice),
    repeated: ['no-such-account'],
    after: async ({ accounts, mailboxes }) => {
      assert.deepEqual(await mailboxes.list(alice), []);
      assert.deepEqual(await accounts.resolve(at('postmaster')), { kind: 'local', accounts: [bob], forwards: [] });
    },
  },
  {
    name: 'a password changed',
    before: withAlice,
    change: ({ accounts }) => accounts.setPassword(alice, 'new'),
    repeated: [],
    after: async ({ accounts }) => assert.equal((await accounts.find(alice))?.passwordHash, 'new'),
  },
  {
    name: 'an alias added',
    before: withAlice,
    change: ({ accounts }) => accounts.addAlias({ address: at('Sales@example.com'), targets: [at('all+x@example.com'), at(alice)] }),
    repeated: ['exists'],
    after: async ({ accounts }) => {
      assert.deepEqual(await accounts.resolve(at('sales@example.com')), { kind: 'local', accounts: [alice], forwards: [] });
    },
  },
  {
    name: 'an alias removed',
    before: async ({ accounts }) => await accounts.addAlias({ address: at('sales@example.com'), targets: [at('eve@example.net')] }),
    change: ({ accounts }) => accounts.removeAlias(at('sales@example.com')),
    repeated: ['no-such-alias'],
    after: async ({ accounts }) => assert.deepEqual(await accounts.resolve(at('sales@example.com')), { kind: 'remote' }),
  },
  {
    name: 'a mailbox made, with its parents',
    before: withAlice,
    change: ({ mailboxes }) => mailboxes.create(alice, 'a/b/c'),
    repeated: ['exists'],
    after: async (process) => assert.deepEqual(await namesOf(process), ['a', 'a/b', 'a/b/c']),
  },
  {
    name: 'a mailbox renamed, with what is below it',
    before: async (process) => {
      await withAlice(process);
      await process.mailboxes.create(alice, 'a/b/c');
      await process.mailboxes.delete(alice, 'a');
    },
    change: ({ mailboxes }) => mailboxes.rename(alice, 'a/b', 'x/y'),
    repeated: ['exists'],
    after: async (process) => assert.deepEqual(await namesOf(process), ['x', 'x/y', 'x/y/c']),
  },
  {
    name: 'a mailbox deleted, which leaves nothing of two levels',
    before: async (process) => {
      await withAlice(process);
      await process.mailboxes.create(alice, 'a/b/c');
      await process.mailboxes.delete(alice, 'a');
      await process.mailboxes.delete(alice, 'a/b');
    },
    change: ({ mailboxes }) => mailboxes.delete(alice, 'a/b/c'),
    repeated: ['no-such-mailbox'],
    after: async (process) => assert.deepEqual(await namesOf(process), []),
  },
  {
    name: 'a subscription',
    before: withAlice,
    change: ({ mailboxes }) => mailboxes.subscribe(alice, 'later', true),
    repeated: ['done'],
    after: async ({ mailboxes }) => assert.equal((await mailboxes.list(alice)).find(({ name }) => name === 'later')?.subscribed, true),
  },
];

/** Tables of their own, with what a process that dies at the n-th request left. @returns whether it came to its end before */
async function leftBy(
  t: TestContext,
  change: Change,
  n: number,
  when: 'before' | 'after',
): Promise<AccountTables & { readonly finished: boolean }> {
  const tables = await makeAccountTables(endpoint ?? '');
  t.after(tables.remove);
  await change.before(tables.open());
  const { client } = mortalClient(endpoint ?? '', n, when);
  t.after(() => client.destroy());
  const died = await change.change(tables.open({ client })).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (died !== undefined) assert.ok(died instanceof ProcessDied, String(died));
  return { ...tables, finished: died === undefined };
}

describe('of a process that dies between any two requests', { skip: noEndpoint }, () => {
  for (const change of changes) {
    for (const when of ['before', 'after'] as const) {
      it(`${change.name} is there whole or not at all, and may be done again (${when} a request)`, async (t) => {
        for (let n = 1, finished = false; !finished; n += 1) {
          const left = await leftBy(t, change, n, when);
          finished = left.finished;
          await assertAgrees(left, false);
          const healthy = left.open();
          const again = await change.change(healthy);
          if (typeof again === 'string')
            assert.ok([...change.repeated, 'removed', 'added', 'renamed', 'deleted', 'done'].includes(again), again);
          await change.after(healthy);
          await assertAgrees(left, true);
        }
      });
    }
  }

  it('an account that is being removed can neither log in nor be written to, and whoever tidies goes on', async (t) => {
    const removal = changes.find(({ name }) => name === 'an account removed');
    assert.ok(removal);
    let met = 0;
    for (let n = 1, finished = false; !finished; n += 1) {
      const left = await leftBy(t, removal, n, 'before');
      finished = left.finished;
      const { accounts, mailboxes } = left.open();
      if ((await accounts.find(alice)) !== undefined) continue;
      met += 1;
      assert.deepEqual(await accounts.resolve(at(alice)), { kind: 'unknown' });
      assert.deepEqual(await mailboxes.list(alice), []);
      await assert.rejects(mailboxes.create(alice, 'late'), /is gone/);
      await assert.rejects(mailboxes.subscribe(alice, 'late', true), /is gone/);
      const deps = { client: left.client, table: left.tables.mail, clock: systemClock };
      assert.equal(await finishRemovals(deps, Date.now() - 1), finished);
      assert.equal(await finishRemovals(deps, Number.POSITIVE_INFINITY), true);
      await assertAgrees(left, true);
    }
    assert.ok(met > 2);
  });

  it('an account that was left half removed is made anew with nothing of the old one', async (t) => {
    const removal = changes.find(({ name }) => name === 'an account removed');
    assert.ok(removal);
    for (let n = 1, finished = false; !finished; n += 1) {
      const left = await leftBy(t, removal, n, 'after');
      finished = left.finished;
      const { accounts, mailboxes } = left.open();
      if ((await accounts.find(alice)) !== undefined) continue;
      assert.notEqual(await accounts.add(alice, 'new'), 'exists');
      assert.equal((await mailboxes.list(alice)).length, 6);
      await assertAgrees(left, true);
    }
  });
});
