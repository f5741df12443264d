import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Mailbox, MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import type { World } from '../../core/world.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, inboxOf, letter, mailboxNamed, stage } from './worlds.ts';

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

async function madeBy(world: World, name: string): Promise<Mailbox> {
  const made = await world.mailboxes.create(alice, name);
  if (typeof made === 'string') throw new Error(`${name}: ${made}`);
  return made;
}

for (const { name, skip, place } of mailWorlds) {
  describe(`mailboxes on ${name}`, { skip }, () => {
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

    it('tell the counts of many at once as of each, and pass over those that are gone', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 'one', 'two');
      const many = [];
      for (let i = 0; i < 6; i++) many.push(await madeBy(world, `many/${i}`));
      const gone = await madeBy(world, 'gone');
      await put(world, gone, 'lost');
      await world.mailboxes.delete(alice, 'gone');
      const asked = [...many, gone, inbox].map(({ id }) => id);
      const told = await world.mailboxes.statuses(asked);
      assert.deepEqual([...told.keys()].sort(), asked.filter((id) => id !== gone.id).sort());
      assert.deepEqual(told.get(inbox.id), await world.mailboxes.status(inbox.id));
      assert.equal(told.get(inbox.id)?.messages, 2);
      assert.equal((await world.mailboxes.statuses([])).size, 0);
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
  });
}
