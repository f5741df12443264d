import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { deleted, type Flag, seen } from '../../core/values/flags.ts';
import type { Uid } from '../../core/values/uid.ts';
import type { World } from '../../core/world.ts';
import { all, one, put, uidsIn } from './filled-mailbox.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, collected, inboxOf, letter, mailboxNamed, read, stage } from './worlds.ts';

const newer = async (world: World, flags: readonly Flag[] = []) => ({
  body: await stage(world, letter('newer')),
  prefix: '',
  flags,
  internalDate: 2_000,
});

for (const { name, skip, place } of mailWorlds) {
  describe(`a message that replaces another on ${name}`, { skip }, () => {
    it('comes with the next UID, and the other is gone and told as gone', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 3);
      const before = (await world.mailboxes.status(inbox.id)).highestModseq;
      const appended = await world.mailboxes.replace(inbox.id, 2 as Uid, inbox.id, await newer(world, [seen]));
      assert.deepEqual([appended?.uid, appended?.fresh, await uidsIn(world, inbox)], [4, true, [1, 3, 4]]);
      const delta = await world.mailboxes.changesSince(inbox.id, before);
      assert.deepEqual([delta.vanished, delta.changed.map(({ uid }) => uid)], [one(2), [4]]);
      const { messages, unseen } = await world.mailboxes.status(inbox.id);
      assert.deepEqual([messages, unseen], [3, 2]);
      const [message] = await collected(world.mailboxes.messages(inbox.id, one(4)));
      assert.equal(message && (await read(world, message.body)), letter('newer'));
    });

    it('may come to another mailbox than the one it goes from', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const sent = await mailboxNamed(world, alice, 'Sent');
      await put(world, inbox, 2, [deleted]);
      assert.equal((await world.mailboxes.replace(inbox.id, 1 as Uid, sent.id, await newer(world)))?.uid, 1);
      assert.deepEqual([await uidsIn(world, inbox), await uidsIn(world, sent)], [[2], [1]]);
      assert.equal((await world.mailboxes.status(inbox.id)).deleted, 1);
    });

    it('does not come when that one is gone already, and its body stays with whoever brought it', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const sent = await mailboxNamed(world, alice, 'Sent');
      await put(world, inbox, 1);
      const message = await newer(world);
      for (const to of [inbox, sent]) assert.equal(await world.mailboxes.replace(inbox.id, 7 as Uid, to.id, message), undefined);
      assert.deepEqual([await uidsIn(world, inbox), await uidsIn(world, sent)], [[1], []]);
      await world.mailboxes.append(inbox.id, [message]);
      assert.deepEqual(await uidsIn(world, inbox), [1, 2]);
    });

    it('replaces it once, however many try at the same time', async (t) => {
      const here = await place(t);
      const [phone, laptop] = [await here.open(), await here.open()];
      const inbox = await inboxOf(phone, alice);
      const sent = await mailboxNamed(phone, alice, 'Sent');
      await put(phone, inbox, 1);
      const tries = [phone, laptop, phone, laptop].map(async (world, i) =>
        world.mailboxes.replace(inbox.id, 1 as Uid, i < 2 ? inbox.id : sent.id, await newer(world)),
      );
      assert.equal((await Promise.all(tries)).filter((answer) => answer !== undefined).length, 1);
      assert.equal((await uidsIn(phone, inbox)).length + (await uidsIn(phone, sent)).length, 1);
    });

    it('is refused when either mailbox is gone, and then nothing changes', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const trash = await mailboxNamed(world, alice, 'Trash');
      await put(world, inbox, 1);
      await world.mailboxes.delete(alice, 'Trash');
      await assert.rejects(world.mailboxes.replace(inbox.id, 1 as Uid, trash.id, await newer(world)), MailboxGone);
      await assert.rejects(world.mailboxes.replace(trash.id, 1 as Uid, inbox.id, await newer(world)), MailboxGone);
      assert.deepEqual(await uidsIn(world, inbox), [1]);
    });
  });

  describe(`the date at which a message was saved on ${name}`, { skip }, () => {
    it('is that of its append, copy or move into the mailbox, whatever its internal date', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const trash = await mailboxNamed(world, alice, 'Trash');
      const savedIn = async ({ id }: typeof inbox) =>
        (await collected(world.mailboxes.messages(id, all))).map(({ savedAt = 0 }) => savedAt);
      const begin = Date.now();
      await put(world, inbox, 2);
      const [first = 0, second = 0] = await savedIn(inbox);
      assert.ok(first >= begin && second >= begin && Date.now() >= second);
      while (Date.now() <= second) await new Promise((resolve) => setTimeout(resolve, 1));
      await world.mailboxes.copy(inbox.id, one(1), trash.id, true);
      await world.mailboxes.move(inbox.id, one(2), trash.id, true);
      const dates = await savedIn(trash);
      assert.equal(dates.length, 2);
      assert.ok(dates.every((saved) => saved > second));
      assert.deepEqual(await savedIn(inbox), [first]);
    });
  });
}
