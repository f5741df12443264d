import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Acl, type Identifier, maxAclEntries, maxShared, maxSharers, rightsOf } from '../../core/accounts/acl.ts';
import { publicOwner } from '../../core/accounts/principal.ts';
import { formatRights, parseRights, type Rights } from '../../core/accounts/rights.ts';
import type { MailboxStore } from '../../core/mailbox/mailbox-store.ts';
import { visibleMailboxes } from '../../core/mailbox/visible-mailboxes.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type AccountWorld, accountWorlds } from './account-worlds.ts';
import { alice, bob, inboxOf, mailboxNamed } from './worlds.ts';

const karen = 'karen@example.org' as Identifier & AccountId;
const anyone = 'anyone' as Identifier;
const letters = (text: string): Rights => parseRights(text) ?? new Set();

const grant = (world: AccountWorld, name: string, identifier: Identifier, rights: string, owner: AccountId = alice) =>
  world.mailboxes.changeRights(owner, name, identifier, { how: 'replace', rights: letters(rights) });

const entriesOf = (acl: Acl | undefined): Readonly<Record<string, string>> => Object.fromEntries(acl ?? []);

const inNameAndMailbox = async (world: AccountWorld, name: string, owner: AccountId = alice): Promise<Readonly<Record<string, string>>> => {
  const mailbox = await mailboxNamed(world, owner, name);
  assert.deepEqual(entriesOf(await world.mailboxes.acl(mailbox.id)), entriesOf(mailbox.acl), 'the two places say the same');
  return entriesOf(mailbox.acl);
};

const sharersOf = (world: AccountWorld, ...identifiers: readonly Identifier[]) => world.mailboxes.sharers(identifiers);

for (const { name, skip, place } of accountWorlds) {
  describe(`rights in mailboxes on ${name}`, { skip }, () => {
    it('are given, added to, taken away, and met by other processes', async (t) => {
      const here = await place(t);
      const [world, other] = [await here.open(), await here.open()];
      await inboxOf(world, alice);
      assert.equal(await grant(world, 'INBOX', karen, 'lr'), 'done');
      assert.equal(await world.mailboxes.changeRights(alice, 'INBOX', karen, { how: 'add', rights: letters('wt') }), 'done');
      assert.equal(await world.mailboxes.changeRights(alice, 'INBOX', karen, { how: 'remove', rights: letters('r') }), 'done');
      assert.deepEqual(await inNameAndMailbox(other, 'INBOX'), { [karen]: 'lwt' });
      const entry = (await other.mailboxes.list(alice)).find((one) => one.name === 'INBOX');
      assert.equal(formatRights(rightsOf(karen, entry?.mailbox ?? assert.fail())), 'lwt');
      assert.deepEqual(await sharersOf(other, karen, anyone), [alice]);
      assert.equal(await grant(world, 'INBOX', karen, ''), 'done');
      assert.deepEqual(await inNameAndMailbox(other, 'INBOX'), {});
      assert.deepEqual(await sharersOf(other, karen, anyone), []);
    });

    it('are refused for a mailbox that is not there', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      assert.equal(await grant(world, 'Nowhere', karen, 'lr'), 'no-such-mailbox');
      assert.deepEqual(await sharersOf(world, karen), []);
    });

    it('go with a mailbox that is renamed, alone or below another', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Work/Plans');
      await grant(world, 'Work/Plans', karen, 'lr');
      await world.mailboxes.rename(alice, 'Work', 'Old/Work');
      await world.mailboxes.rename(alice, 'Old/Work/Plans', 'Plans');
      assert.deepEqual(await inNameAndMailbox(world, 'Plans'), { [karen]: 'lr' });
      assert.deepEqual(await inNameAndMailbox(world, 'Old/Work'), {});
      assert.deepEqual(await sharersOf(world, karen), [alice]);
    });

    it('are those of the mailbox above in one that is made below, with all levels between', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Team');
      await grant(world, 'Team', karen, 'lri');
      await grant(world, 'Team', `-${karen}` as Identifier, 'i');
      await world.mailboxes.create(alice, 'Team/2026/May');
      for (const made of ['Team/2026', 'Team/2026/May']) {
        assert.deepEqual(await inNameAndMailbox(world, made), { [karen]: 'lri', [`-${karen}`]: 'i' });
      }
      await grant(world, 'Team', karen, '');
      await grant(world, 'Team', `-${karen}` as Identifier, '');
      assert.deepEqual(
        await inNameAndMailbox(world, 'Team/2026/May'),
        { [karen]: 'lri', [`-${karen}`]: 'i' },
        'once made, they are its own',
      );
      assert.deepEqual(await sharersOf(world, karen), [alice]);
    });

    it('go with the mailbox, and one of the same name has none of them', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Plans');
      await grant(world, 'Plans', karen, 'lr');
      await grant(world, 'INBOX', anyone, 'lr');
      await world.mailboxes.delete(alice, 'Plans');
      assert.deepEqual(await sharersOf(world, karen), []);
      assert.deepEqual(await sharersOf(world, karen, anyone), [alice]);
      await world.mailboxes.create(alice, 'Plans');
      assert.deepEqual(await inNameAndMailbox(world, 'Plans'), {});
    });

    it('of an account that is removed go, those that it gave and those that it had', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await inboxOf(world, bob);
      await inboxOf(world, karen);
      await world.mailboxes.create(alice, 'Team/Plans');
      await grant(world, 'Team/Plans', karen, 'lr');
      await grant(world, 'Team/Plans', `-${karen}` as Identifier, 'w');
      await grant(world, 'Team/Plans', bob as string as Identifier, 'lr');
      await grant(world, 'INBOX', bob as string as Identifier, 'lr', karen);
      await world.accounts.remove(karen);
      assert.deepEqual(await inNameAndMailbox(world, 'Team/Plans'), { [bob]: 'lr' });
      assert.deepEqual(await sharersOf(world, karen), []);
      assert.deepEqual(await sharersOf(world, bob as string as Identifier), [alice]);
      await inboxOf(world, karen);
      assert.deepEqual(await inNameAndMailbox(world, 'INBOX', karen), {});
    });

    it('are few per mailbox, and an entry that is there can still be changed', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const friend = (i: number) => `friend-${i}@example.org` as Identifier;
      for (let i = 0; i < maxAclEntries; i += 1) assert.equal(await grant(world, 'INBOX', friend(i), 'lr'), 'done');
      assert.equal(await grant(world, 'INBOX', karen, 'lr'), 'too-many');
      assert.equal(await grant(world, 'INBOX', friend(0), 'lrs'), 'done');
      assert.equal(await grant(world, 'INBOX', friend(1), ''), 'done');
      assert.equal(await grant(world, 'INBOX', karen, 'lr'), 'done');
    });

    it('that are given at once by several processes are all there', async (t) => {
      const here = await place(t);
      const processes = await Promise.all([here.open(), here.open(), here.open()]);
      await inboxOf(processes[0] ?? assert.fail(), alice);
      const friends = Array.from({ length: 9 }, (_, i) => `friend-${i}@example.org` as Identifier);
      await Promise.all(friends.map((friend, i) => grant(processes[i % 3] ?? assert.fail(), 'INBOX', friend, 'lr')));
      const acl = await inNameAndMailbox(processes[0] ?? assert.fail(), 'INBOX');
      assert.deepEqual(Object.keys(acl).sort(), [...friends].sort());
      for (const friend of friends) assert.deepEqual(await sharersOf(processes[1] ?? assert.fail(), friend), [alice]);
    });

    it('in public mailboxes are nobody’s until they are given', async (t) => {
      const world = await (await place(t)).open();
      const made = await world.mailboxes.create(publicOwner, 'announce/2026');
      assert.ok(typeof made === 'object', String(made));
      assert.equal(rightsOf(alice, made).size, 0);
      await grant(world, 'announce/2026', anyone, 'lr', publicOwner);
      assert.equal(formatRights(rightsOf(alice, await mailboxNamed(world, publicOwner, 'announce/2026'))), 'lr');
      assert.deepEqual(await sharersOf(world, alice as string as Identifier, anyone), [publicOwner]);
      assert.deepEqual([await world.accounts.list(), await world.accounts.find(publicOwner)], [[], undefined]);
      assert.equal(await world.mailboxes.delete(publicOwner, 'announce/2026'), 'deleted');
      assert.deepEqual(await sharersOf(world, alice as string as Identifier, anyone), []);
    });

    it('lead to the mailboxes they are about, without those that they are not about', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await inboxOf(world, bob);
      await grant(world, 'Sent', karen, 'lr');
      await grant(world, 'Sent', anyone, 'l');
      await grant(world, 'Drafts', `-${karen}` as Identifier, 'l');
      await grant(world, 'Archive', bob as string as Identifier, 'lr');
      await grant(world, 'Sent', karen, 'lr', bob);
      const mailboxes: Pick<MailboxStore, 'list' | 'sharers' | 'sharedBy'> = world.mailboxes;
      const found = await mailboxes.sharedBy?.(alice, [karen, anyone]);
      if (found !== undefined) assert.deepEqual(found.map((one) => one.name).sort(), ['Drafts', 'Sent']);
      const seen = (await visibleMailboxes(karen, mailboxes)).flatMap((one) => (one.mailbox === undefined ? [] : one.name));
      assert.deepEqual(seen, [`#users/${alice}/Sent`, `#users/${bob}/Sent`]);
    });

    it('are given to everybody in so many mailboxes of an owner and no more, however they come to it', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Wall');
      assert.equal(await grant(world, 'Wall', anyone, 'lr'), 'done');
      for (let i = 2; i < maxShared(anyone); i += 1) assert.equal(typeof (await world.mailboxes.create(alice, `Wall/${i}`)), 'object');
      assert.equal(await world.mailboxes.create(alice, 'Wall/deep/er'), 'too-many');
      assert.equal(await world.mailboxes.rename(alice, 'Archive', 'Wall/deep/er/Archive'), 'too-many');
      assert.equal(await world.mailboxes.rename(alice, 'Archive', 'Wall/Archive'), 'renamed');
      assert.equal(await grant(world, 'Sent', anyone, 'lr'), 'done');
      for (const one of ['Drafts', 'INBOX']) assert.equal(await grant(world, one, anyone, 'lr'), 'too-many');
      assert.equal(await world.mailboxes.create(alice, 'Wall/more'), 'too-many');
      assert.equal(await grant(world, 'Drafts', karen, 'lr'), 'done');
      assert.equal(await grant(world, 'Wall/2', anyone, 'lrs'), 'done');
      assert.equal(await world.mailboxes.delete(alice, 'Wall/2'), 'deleted');
      assert.equal(typeof (await world.mailboxes.create(alice, 'Wall/more')), 'object');
      for (let i = 0; i <= maxShared(anyone); i += 1) await world.mailboxes.create(publicOwner, `Lists/${i}`);
      assert.equal(await grant(world, 'Lists', anyone, 'lr', publicOwner), 'done');
    });

    it('are given by so many to one and no more', { skip: name !== 'embedded' && 'two hundred accounts take minutes there' }, async (t) => {
      const world = await (await place(t)).open();
      for (let i = 0; i < maxSharers; i += 1) {
        const owner = `owner-${i}@example.org` as AccountId;
        await world.mailboxes.create(owner, 'Shared');
        assert.equal(await grant(world, 'Shared', karen, 'lr', owner), 'done');
      }
      await inboxOf(world, alice);
      assert.equal(await grant(world, 'INBOX', karen, 'lr'), 'too-many');
      assert.equal((await sharersOf(world, karen, anyone)).length, maxSharers);
      await world.mailboxes.create(publicOwner, 'announce');
      assert.equal(await grant(world, 'announce', karen, 'lr', publicOwner), 'done');
      assert.equal((await sharersOf(world, karen, anyone))[0], publicOwner);
    });
  });
}
