import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import { type AccountWorld, accountWorlds } from './account-worlds.ts';
import { alice, inboxOf, mailboxNamed } from './worlds.ts';

const namesOf = async (world: AccountWorld): Promise<readonly string[]> => {
  const entries = await world.mailboxes.list(alice);
  return entries.map(({ name, mailbox, subscribed }) => `${name}${mailbox === undefined ? ' (level)' : ''}${subscribed ? ' *' : ''}`);
};
const first = ['INBOX *', 'Archive *', 'Drafts *', 'Junk *', 'Sent *', 'Trash *'];

for (const { name, skip, place } of accountWorlds) {
  describe(`names of mailboxes on ${name}`, { skip }, () => {
    it('of a new account are the six that clients look for, subscribed, with their special uses', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      assert.deepEqual(await namesOf(world), first);
      assert.equal((await mailboxNamed(world, alice, 'Junk')).specialUse, '\\Junk');
    });

    it('bring their missing parents with them, and stand right after them in the list', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Work-2');
      await world.mailboxes.create(alice, 'Work/2026/May');
      assert.deepEqual(await namesOf(world), [...first, 'Work', 'Work/2026', 'Work/2026/May', 'Work-2']);
    });

    it('go with ids that clients are told: the same under another name, and another for each mailbox', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const made = (await world.mailboxes.create(alice, 'Work')) as Mailbox;
      await world.mailboxes.rename(alice, 'Work', 'Job');
      const renamed = await mailboxNamed(world, alice, 'Job');
      await world.mailboxes.delete(alice, 'Job');
      const again = (await world.mailboxes.create(alice, 'Job')) as Mailbox;
      const told = [inbox, made, renamed, again].map(({ id, objectId = id }) => objectId);
      assert.equal(told[1], told[2]);
      assert.equal(new Set(told).size, 3);
      // A number would tell how many there are, and be somebody else's in a store that takes this one's place.
      for (const one of told) assert.match(one, /^[0-9A-Za-z_-]{16,254}$/);
    });

    it('below inbox in any spelling are below INBOX', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'inbox/Lists/');
      assert.equal((await mailboxNamed(world, alice, 'InBox/Lists')).name, 'INBOX/Lists');
      assert.equal(await world.mailboxes.create(alice, 'iNBOX'), 'exists');
    });

    it('are refused by name when the name breaks a rule, is there, or its use is taken', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      for (const bad of [
        '',
        '/',
        'a//b',
        '/a',
        'a\r\nb',
        'a*',
        '50%',
        '#users',
        '\ud800',
        'x'.repeat(256),
        Array(40).fill('d').join('/'),
      ]) {
        assert.equal(await world.mailboxes.create(alice, bad), 'bad-name', JSON.stringify(bad));
      }
      assert.equal(await world.mailboxes.create(alice, 'Sent'), 'exists');
      assert.equal(await world.mailboxes.create(alice, 'Also sent', '\\Sent'), 'use-taken');
    });

    it('look the same when they are spelled with other code points', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'Caf\u00e9');
      assert.equal(await world.mailboxes.create(alice, 'Cafe\u0301'), 'exists');
    });

    it('are not renamed onto, below themselves, from nowhere, or where a name below would get too long', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, `a/${'x'.repeat(250)}/${'y'.repeat(250)}/${'z'.repeat(250)}`);
      await world.mailboxes.create(alice, 'b');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'b'), 'exists');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'a/b'), 'bad-name');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'w'.repeat(250)), 'bad-name');
      assert.equal(await world.mailboxes.rename(alice, 'nowhere', 'c'), 'no-such-mailbox');
      assert.equal(await world.mailboxes.rename(alice, 'b', 'inbox'), 'exists');
    });

    it('never get a UIDVALIDITY a second time', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const seen: number[] = [];
      for (let round = 0; round < 5; round += 1) {
        await world.mailboxes.create(alice, 'again');
        seen.push((await mailboxNamed(world, alice, 'again')).uidValidity);
        await world.mailboxes.delete(alice, 'again');
      }
      assert.deepEqual(
        seen,
        [...new Set(seen)].sort((a, b) => a - b),
      );
    });

    it('can be subscribed to before they are there and after they are gone', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      assert.equal(await world.mailboxes.subscribe(alice, 'later', true), 'done');
      assert.equal(await world.mailboxes.subscribe(alice, 'later', true), 'done');
      assert.equal(await world.mailboxes.subscribe(alice, 'a\nb', true), 'bad-name');
      assert.deepEqual((await namesOf(world)).slice(6), ['later (level) *']);
      await world.mailboxes.subscribe(alice, 'later', false);
      assert.deepEqual(await namesOf(world), first);
    });

    it('that are deleted leave a level while there is something below', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b');
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'deleted');
      assert.deepEqual((await namesOf(world)).slice(6), ['a (level)', 'a/b']);
      assert.equal(await world.mailboxes.find(alice, 'a'), undefined);
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'has-children');
      assert.equal(await world.mailboxes.delete(alice, 'a/b'), 'deleted');
      assert.deepEqual(await namesOf(world), first);
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'no-such-mailbox');
      assert.equal(await world.mailboxes.delete(alice, 'inbox'), 'is-inbox');
    });

    it('that are levels become mailboxes when they are made, or something is made below them', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b/c');
      await world.mailboxes.delete(alice, 'a/b');
      await world.mailboxes.delete(alice, 'a');
      await world.mailboxes.create(alice, 'a');
      assert.deepEqual((await namesOf(world)).slice(6), ['a', 'a/b (level)', 'a/b/c']);
      await world.mailboxes.create(alice, 'a/b/d');
      assert.deepEqual((await namesOf(world)).slice(6), ['a', 'a/b', 'a/b/c', 'a/b/d']);
    });

    it('are renamed with all that is below them, and keep their ids', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b/c');
      await world.mailboxes.create(alice, 'ab');
      const before = await mailboxNamed(world, alice, 'a/b');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'new/place'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['ab', 'new', 'new/place', 'new/place/b', 'new/place/b/c']);
      const after = await mailboxNamed(world, alice, 'new/place/b');
      assert.deepEqual([after.id, after.uidValidity], [before.id, before.uidValidity]);
    });

    it('that are levels are renamed with what is below them; one that has nothing left below goes', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b/c');
      await world.mailboxes.delete(alice, 'a');
      await world.mailboxes.delete(alice, 'a/b');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'x'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['x (level)', 'x/b (level)', 'x/b/c']);
      assert.equal(await world.mailboxes.rename(alice, 'x/b/c', 'c'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['c']);
      await world.mailboxes.create(alice, 'y/z');
      await world.mailboxes.delete(alice, 'y');
      assert.equal(await world.mailboxes.rename(alice, 'c', 'y'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['y', 'y/z']);
      assert.equal(await world.mailboxes.rename(alice, 'y/z', 'y/w/z'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['y', 'y/w', 'y/w/z']);
    });

    it('are made, renamed and deleted as deep as names may be', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const deep = (letter: string): string => Array.from({ length: 32 }, () => letter).join('/');
      assert.ok(typeof (await world.mailboxes.create(alice, deep('a'))) !== 'string');
      assert.equal(await world.mailboxes.rename(alice, deep('a'), deep('b')), 'renamed');
      const levels = Array.from({ length: 31 }, (_, i) => deep('a').slice(0, 2 * i + 1));
      for (const level of levels) assert.equal(await world.mailboxes.delete(alice, level), 'deleted');
      assert.equal(await world.mailboxes.create(alice, `${deep('b')}/b`), 'bad-name');
      for (const level of levels) assert.equal(await world.mailboxes.delete(alice, level.replaceAll('a', 'b')), 'deleted');
      assert.equal((await namesOf(world)).length, 6 + 32);
      assert.equal(await world.mailboxes.delete(alice, deep('b')), 'deleted');
      assert.deepEqual(await namesOf(world), first);
    });

    it('keep a special use through a rename; deleted, they give it free', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.rename(alice, 'Sent', 'Out/Sent');
      assert.equal((await mailboxNamed(world, alice, 'Out/Sent')).specialUse, '\\Sent');
      assert.equal(await world.mailboxes.create(alice, 'Another', '\\Sent'), 'use-taken');
      await world.mailboxes.delete(alice, 'Out/Sent');
      assert.notEqual(await world.mailboxes.create(alice, 'Another', '\\Sent'), 'use-taken');
    });

    it('made by many at once are each made once', async (t) => {
      const here = await place(t);
      const processes = [await here.open(), await here.open()];
      await inboxOf(processes[0] as AccountWorld, alice);
      const asked = await Promise.all(
        processes.flatMap(({ mailboxes }) => ['w/one', 'w/two', 'w/one'].map((name) => mailboxes.create(alice, name))),
      );
      const made = asked.filter((one): one is Mailbox => typeof one !== 'string');
      assert.deepEqual(made.map(({ name: each }) => each).toSorted(), ['w/one', 'w/two']);
      assert.deepEqual((await namesOf(processes[1] as AccountWorld)).slice(6), ['w', 'w/one', 'w/two']);
      const all = (await (processes[0] as AccountWorld).mailboxes.list(alice)).flatMap(({ mailbox }) => mailbox ?? []);
      assert.equal(new Set(all.map(({ uidValidity }) => uidValidity)).size, all.length);
    });

    it('renamed by many at once stay one tree: none is lost, none is twice', async (t) => {
      const here = await place(t);
      const [one, two] = [await here.open(), await here.open()];
      await inboxOf(one, alice);
      for (const name of ['a/b', 'c/d']) await one.mailboxes.create(alice, name);
      const before = (await one.mailboxes.list(alice)).flatMap(({ mailbox }) => mailbox?.id ?? []);
      // Either into the other would make a ring of both, if both were done.
      await Promise.all([
        one.mailboxes.rename(alice, 'a', 'c/d/a'),
        two.mailboxes.rename(alice, 'c', 'a/b/c'),
        one.mailboxes.rename(alice, 'a/b', 'e'),
        two.mailboxes.rename(alice, 'c/d', 'f'),
      ]);
      const after = (await two.mailboxes.list(alice)).flatMap(({ mailbox }) => mailbox?.id ?? []);
      assert.equal(new Set(after).size, after.length);
      assert.ok(before.every((id) => after.includes(id)));
    });
  });
}
