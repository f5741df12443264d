import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parsePublicTarget } from '../../core/accounts/public-maildrop.ts';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId, Address } from '../../core/values/address.ts';
import { type AccountWorld, accountWorlds } from './account-worlds.ts';
import { alice, bob, inboxOf, letter, read, stage, worlds } from './worlds.ts';

const at = (text: string): Address => text as Address;
const whereTo = async (world: AccountWorld, address: string): Promise<string> => {
  const destination = await world.accounts.resolve(at(address));
  return destination.kind === 'local' ? [...destination.accounts, ...destination.forwards].sort().join(' ') : destination.kind;
};

for (const { name, skip, place } of accountWorlds) {
  describe(`the account directory on ${name}`, { skip }, () => {
    it('finds accounts by any spelling of the local part, with detail or without', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      for (const spelling of ['alice@example.org', 'ALICE@example.org', 'Alice+news@example.org']) {
        assert.equal(await whereTo(world, spelling), alice);
      }
      assert.equal(await whereTo(world, 'nobody@example.org'), 'unknown');
      assert.equal(await whereTo(world, 'alice@example.net'), 'remote');
      assert.equal(await whereTo(world, '"alice+x"@example.org'), 'unknown');
    });

    it('gives postmaster to the first account until somebody has the name', async (t) => {
      const world = await (await place(t)).open();
      assert.equal(await whereTo(world, 'Postmaster'), 'unknown');
      await inboxOf(world, bob);
      await inboxOf(world, alice);
      assert.equal(await whereTo(world, 'Postmaster'), bob);
      assert.equal(await whereTo(world, 'POSTMASTER@example.org'), bob);
      assert.equal(await whereTo(world, 'postmaster@example.net'), 'remote');
      await world.accounts.addAlias({ address: at('postmaster@example.org'), targets: [at(alice)] });
      assert.equal(await whereTo(world, 'postmaster@example.org'), alice);
    });

    it('tells a public mailbox that an alias leads to, as it is spelled', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const archive = parsePublicTarget('#public/Lists/Archive') ?? assert.fail();
      assert.equal(await world.accounts.addAlias({ address: at('list@example.com'), targets: [archive, at(alice)] }), 'added');
      await world.accounts.addAlias({ address: at('all@example.com'), targets: [at('list@example.com')] });
      assert.equal(await whereTo(world, 'all+x@example.com'), `#public/Lists/Archive ${alice}`);
      assert.deepEqual((await world.accounts.listAliases()).find(({ address }) => address === 'list@example.com')?.targets, [
        archive,
        alice,
      ]);
    });

    it('keeps a quota with an account, whatever else of it changes, and not with one that is made anew', async (t) => {
      const world = await (await place(t)).open();
      const { accounts } = world;
      await inboxOf(world, alice);
      const quota = async () => (await accounts.find(alice))?.quota;
      assert.equal(await quota(), undefined);
      assert.equal(await accounts.setQuota(alice, { octets: 5_000_000_000, messages: 7 }), 'set');
      assert.deepEqual(await quota(), { octets: 5_000_000_000, messages: 7 });
      await accounts.setPassword(alice, 'another hash');
      await world.mailboxes.create(alice, 'Projects');
      assert.equal(await accounts.setQuota(alice, { messages: 0 }), 'set');
      assert.deepEqual(await quota(), { messages: 0 });
      assert.equal(await accounts.setQuota(alice, {}), 'set');
      assert.equal(await quota(), undefined);
      await accounts.setQuota(alice, { octets: 1 });
      assert.equal(await accounts.remove(alice), 'removed');
      assert.equal(await accounts.setQuota(alice, { octets: 1 }), 'no-such-account');
      await accounts.add(alice, 'hash');
      assert.equal(await quota(), undefined);
    });

    it('follows aliases of aliases, tells each target once, and forwards what is outside', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await inboxOf(world, bob);
      await world.accounts.addAlias({ address: at('Team@example.com'), targets: [at(alice), at('Office@example.com')] });
      await world.accounts.addAlias({
        address: at('office@example.com'),
        targets: [at(bob), at('ALICE@example.org'), at('Eve@example.net')],
      });
      assert.equal(await whereTo(world, 'team+x@example.com'), `Eve@example.net ${alice} ${bob}`);
      assert.equal(await world.accounts.maySendAs(bob, at('Team@example.com')), true);
      assert.equal(await world.accounts.maySendAs(bob, at('Bob+work@example.org')), true);
      assert.equal(await world.accounts.maySendAs(bob, at(alice)), false);
      assert.deepEqual(
        (await world.accounts.listAliases()).map(({ address }) => address),
        ['office@example.com', 'Team@example.com'],
      );
    });

    it('refuses aliases that lead back to themselves, also by way of detail, and names that are taken', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const add = (address: string, ...targets: string[]) => world.accounts.addAlias({ address: at(address), targets: targets.map(at) });
      assert.equal(await add('a@example.org', 'A+self@example.org'), 'alias-loop');
      assert.equal(await add('a@example.org', 'b@example.org'), 'added');
      assert.equal(await add('b@example.org', 'c@example.org', 'a+x@example.org'), 'alias-loop');
      assert.equal(await add('A@example.org', 'x@example.org'), 'exists');
      assert.equal(await add('Alice@example.org', 'x@example.org'), 'is-account');
      assert.equal(await world.accounts.add('a@example.org' as AccountId, 'h'), 'exists');
      assert.equal(await world.accounts.removeAlias(at('A@example.org')), 'removed');
      assert.equal(await world.accounts.removeAlias(at('a@example.org')), 'no-such-alias');
    });

    it('takes an account away with its mailboxes; made anew, it starts with the first ones and newer numbers', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Work/2026');
      await world.mailboxes.subscribe(alice, 'Work/2026', true);
      const before = await world.accounts.find(alice);
      assert.equal(await world.accounts.remove(alice), 'removed');
      assert.equal(await world.accounts.remove(alice), 'no-such-account');
      assert.equal(await world.accounts.find(alice), undefined);
      assert.equal(await whereTo(world, alice), 'remote');
      assert.deepEqual(await world.mailboxes.list(alice), []);
      const again = await inboxOf(world, alice);
      assert.ok(again.uidValidity > inbox.uidValidity);
      assert.notEqual(again.id, inbox.id);
      assert.ok(((await world.accounts.find(alice))?.credentialVersion ?? 0) > (before?.credentialVersion ?? 0));
      assert.equal((await world.mailboxes.list(alice)).length, 6);
    });

    it('lists accounts by name, and knows those of one local part', async (t) => {
      const world = await (await place(t)).open();
      assert.deepEqual(await world.accounts.list(), []);
      const others = [
        'alice@example.com',
        'alice@example.net',
        'alic@example.org',
        'alicea@example.org',
        '"alice@x"@example.org',
      ] as AccountId[];
      for (const account of [bob, alice, ...others]) await world.accounts.add(account, 'h');
      const listed = await world.accounts.list();
      assert.deepEqual(
        listed.map(({ id }) => id),
        [bob, alice, ...others].toSorted(),
      );
      assert.ok(listed.every(({ createdAt }) => createdAt > 0));
      assert.deepEqual(await world.accounts.named('bob'), [bob]);
      assert.equal((await world.accounts.named('alice')).length, 2);
      assert.deepEqual(await world.accounts.named('eve'), []);
      assert.deepEqual(await world.accounts.named('x'.repeat(5000)), []);
    });

    it('makes the next oldest account the first when the first is removed, and none when all are', async (t) => {
      const world = await (await place(t)).open();
      const eve = 'eve@example.org' as AccountId;
      for (const account of [bob, eve, alice]) {
        await world.accounts.add(account, 'h');
        await sleep(2); // each at a time of its own
      }
      for (const first of [bob, eve, alice]) {
        assert.equal(await whereTo(world, 'postmaster@example.org'), first);
        await world.accounts.remove(first);
      }
      assert.equal(await whereTo(world, 'postmaster'), 'unknown');
      assert.equal(await whereTo(world, 'postmaster@example.org'), 'remote');
    });

    it('knows a domain as ours while an account or an alias stands in it', async (t) => {
      const world = await (await place(t)).open();
      await world.accounts.add(alice, 'h');
      assert.equal(await whereTo(world, 'nobody@example.com'), 'remote');
      await world.accounts.addAlias({ address: at('sales@example.com'), targets: [at(alice)] });
      assert.equal(await whereTo(world, 'nobody@example.com'), 'unknown');
      await world.accounts.removeAlias(at('sales@example.com'));
      assert.equal(await whereTo(world, 'nobody@example.com'), 'remote');
      assert.deepEqual(await world.accounts.listAliases(), []);
    });

    it('adds one account, whoever asks at once', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      const asked = await Promise.all(processes.flatMap(({ accounts }) => [accounts.add(alice, 'h'), accounts.add(alice, 'h')]));
      assert.equal(asked.filter((one) => one === 'exists').length, 3);
      assert.equal((await processes[0]?.mailboxes.list(alice))?.length, 6);
    });

    it('takes of aliases that would lead to each other only so many that none leads back', async (t) => {
      const here = await place(t);
      const [one, two] = [await here.open(), await here.open()];
      const ring = ['a', 'b', 'c'].map((name) => at(`${name}@example.org`));
      const asked = ring.map((address, i) =>
        (i === 1 ? two : one).accounts.addAlias({ address, targets: [ring[(i + 1) % ring.length] ?? address] }),
      );
      assert.deepEqual((await Promise.all(asked)).toSorted(), ['added', 'added', 'alias-loop']);
    });

    it('gives each password a credential version above the one before, whoever sets it', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      await processes[0]?.accounts.add(alice, 'h');
      const set = await Promise.all(processes.flatMap(({ accounts }) => [1, 2, 3].map((n) => accounts.setPassword(alice, `hash ${n}`))));
      const versions = set.map((account) => (typeof account === 'string' ? 0 : account.credentialVersion));
      assert.equal(new Set(versions).size, 6);
      const now = await processes[0]?.accounts.find(alice);
      assert.equal(now?.credentialVersion, Math.max(...versions));
    });

    it('tells every process when a password changes or an account goes', async (t) => {
      const here = await place(t);
      const [admin, listener] = [await here.open(), await here.open()];
      await inboxOf(admin, alice);
      const heard = new Promise<AccountId>((resolve) => {
        t.after(listener.accounts.watch(resolve));
      });
      const changed = await admin.accounts.setPassword(alice, 'new');
      assert.ok(typeof changed !== 'string' && changed.credentialVersion > 1);
      assert.equal(await heard, alice);
      assert.equal((await listener.accounts.find(alice))?.passwordHash, 'new');
      assert.equal(await admin.accounts.setPassword(bob, 'x'), 'no-such-account');
    });
  });
}

for (const { name, skip, place } of worlds) {
  describe(`an account that is removed on ${name}`, { skip }, () => {
    it('takes its messages along', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const body = await stage(world, letter('gone'));
      await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
      await world.accounts.remove(alice);
      await assert.rejects(world.mailboxes.status(inbox.id), MailboxGone);
      // The messages follow in the background; nothing else has this body.
      for (let tries = 0; tries < 300 && (await read(world, body.id).catch(() => 'gone')) !== 'gone'; tries += 1) {
        await world.clock.sleep(100);
      }
      await assert.rejects(read(world, body.id), { name: 'BodyMissing' });
    });
  });
}
