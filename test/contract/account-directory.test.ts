import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId, Address } from '../../core/values/address.ts';
import type { World } from '../../core/world.ts';
import { alice, bob, inboxOf, letter, read, stage, worlds } from './worlds.ts';

const at = (text: string): Address => text as Address;
const whereTo = async (world: World, address: string): Promise<string> => {
  const destination = await world.accounts.resolve(at(address));
  return destination.kind === 'local' ? [...destination.accounts, ...destination.forwards].sort().join(' ') : destination.kind;
};

for (const { name, skip, place } of worlds) {
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

    it('takes an account away with its mailboxes and messages; made anew, it starts empty and with a newer credential version', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const before = await world.accounts.find(alice);
      const body = await stage(world, letter('gone'));
      await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
      assert.equal(await world.accounts.remove(alice), 'removed');
      assert.equal(await world.accounts.remove(alice), 'no-such-account');
      assert.equal(await whereTo(world, alice), 'remote');
      await assert.rejects(world.mailboxes.status(inbox.id), MailboxGone);
      const again = await inboxOf(world, alice);
      assert.ok(again.uidValidity > inbox.uidValidity);
      assert.ok(((await world.accounts.find(alice))?.credentialVersion ?? 0) > (before?.credentialVersion ?? 0));
      // The messages follow in the background; nothing else has this body.
      for (let tries = 0; tries < 300 && (await read(world, body.id).catch(() => 'gone')) !== 'gone'; tries += 1) {
        await world.clock.sleep(100);
      }
      await assert.rejects(read(world, body.id), { name: 'BodyMissing' });
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
