import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { World } from '../../core/world.ts';
import { alice, inboxOf, letter, mailboxNamed, stage, worlds } from './worlds.ts';

const namesOf = async (world: World): Promise<readonly string[]> => {
  const entries = await world.mailboxes.list(alice);
  return entries.map(({ name, mailbox, subscribed }) => `${name}${mailbox === undefined ? ' (level)' : ''}${subscribed ? ' *' : ''}`);
};
const first = ['INBOX *', 'Archive *', 'Drafts *', 'Junk *', 'Sent *', 'Trash *'];

const put = async (world: World, mailbox: { id: Parameters<World['mailboxes']['append']>[0] }, ...subjects: string[]): Promise<void> => {
  for (const subject of subjects) {
    await world.mailboxes.append(mailbox.id, [{ body: await stage(world, letter(subject)), prefix: '', flags: [], internalDate: 1000 }]);
  }
};

for (const { name, skip, place } of worlds) {
  describe(`mailboxes on ${name}`, { skip }, () => {
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

    it('are renamed with all that is below them, and keep their ids and messages', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b/c');
      await world.mailboxes.create(alice, 'ab');
      const before = await mailboxNamed(world, alice, 'a/b');
      await put(world, before, 'kept');
      assert.equal(await world.mailboxes.rename(alice, 'a', 'new/place'), 'renamed');
      assert.deepEqual((await namesOf(world)).slice(6), ['ab', 'new', 'new/place', 'new/place/b', 'new/place/b/c']);
      const after = await mailboxNamed(world, alice, 'new/place/b');
      assert.deepEqual([after.id, after.uidValidity], [before.id, before.uidValidity]);
      assert.equal((await world.mailboxes.status(after.id)).messages, 1);
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

    it('take over the messages of INBOX when INBOX is renamed; it stays, empty, and tells what vanished', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'INBOX/below');
      await put(world, inbox, 'one', 'two');
      const { highestModseq } = await world.mailboxes.status(inbox.id);
      assert.equal(await world.mailboxes.rename(alice, 'INBOX', 'Old/mail'), 'renamed');
      assert.deepEqual((await world.mailboxes.changesSince(inbox.id, highestModseq)).vanished, [{ from: 1, to: 2 }]);
      const { messages, unseen, size, uidNext } = await world.mailboxes.status(inbox.id);
      assert.deepEqual([messages, unseen, size, uidNext], [0, 0, 0, 3]);
      const moved = await mailboxNamed(world, alice, 'Old/mail');
      assert.deepEqual(
        (await world.mailboxes.snapshot(moved.id)).rows.map(({ uid }) => uid),
        [1, 2],
      );
      assert.notEqual(moved.uidValidity, inbox.uidValidity);
      assert.equal((await mailboxNamed(world, alice, 'INBOX/below')).name, 'INBOX/below');
    });

    it('that are deleted leave a level while there is something below, and their messages are gone at once', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await world.mailboxes.create(alice, 'a/b');
      const a = await mailboxNamed(world, alice, 'a');
      await put(world, a, 'gone');
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'deleted');
      assert.deepEqual((await namesOf(world)).slice(6), ['a (level)', 'a/b']);
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'has-children');
      await assert.rejects(world.mailboxes.status(a.id), MailboxGone);
      await assert.rejects(put(world, a, 'late'), MailboxGone);
      assert.equal(await world.mailboxes.delete(alice, 'a/b'), 'deleted');
      assert.deepEqual(await namesOf(world), first);
      assert.equal(await world.mailboxes.delete(alice, 'a'), 'no-such-mailbox');
      assert.equal(await world.mailboxes.delete(alice, 'inbox'), 'is-inbox');
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
  });
}
