import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { deleted, type Flag, seen } from '../../core/values/flags.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { World } from '../../core/world.ts';
import { all, one, put, uidsIn } from './filled-mailbox.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, bob, collected, inboxOf, letter, mailboxNamed, read, stage } from './worlds.ts';

for (const { name, skip, place } of mailWorlds) {
  describe(`messages on ${name}`, { skip }, () => {
    it('come back as they were appended, with the prefix counted into their size', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const prefix = 'Return-Path: <bob@example.org>\r\n';
      const flags = [seen, '$Work' as Flag];
      await world.mailboxes.append(inbox.id, [{ body: await stage(world, letter('hi')), prefix, flags, internalDate: 86_400_000 }]);
      const [message] = await collected(world.mailboxes.messages(inbox.id, all));
      assert.ok(message);
      assert.deepEqual([message.uid, message.internalDate, message.prefix, message.flags], [1, 86_400_000, prefix, flags]);
      assert.equal(message.size, prefix.length + letter('hi').length);
      assert.equal(message.facts.envelope.subject, 'hi');
      assert.equal(await read(world, message.body), letter('hi'));
      assert.deepEqual(await world.mailboxes.sizes(inbox.id), [{ uid: 1, size: message.size }]);
    });

    it('keep what was found in them when they came, the References of the longest thread too', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const ids = Array.from({ length: 40 }, (_, i) => `<${`${i}`.repeat(300)}@example.org>`);
      const bodies = [await stage(world, `References: ${ids.join('\r\n ')}\r\n\r\nhello\r\n`), await stage(world, letter('hi'))];
      await world.mailboxes.append(
        inbox.id,
        bodies.map((body) => ({ body, prefix: '', flags: [], internalDate: 0 })),
      );
      const found = (await collected(world.mailboxes.messages(inbox.id, all))).map(({ facts }) => facts);
      assert.deepEqual(
        found,
        bodies.map(({ facts }) => facts),
      );
      assert.deepEqual(
        found.map(({ references }) => references?.length),
        [21, 0],
      );
    });

    it('with a delivery key land once, also when both deliveries run at the same time in two processes', async (t) => {
      const here = await place(t);
      const [phone, laptop] = [await here.open(), await here.open()];
      const inbox = await inboxOf(phone, alice);
      const deliver = async (world: World) =>
        (
          await world.mailboxes.append(inbox.id, [
            { body: await stage(world, letter('once')), prefix: '', flags: [], internalDate: 1, deliveryKey: 'spool-1' },
          ])
        )[0];
      const answers = await Promise.all([deliver(phone), deliver(laptop), deliver(phone)]);
      assert.deepEqual(
        answers.map((answer) => answer?.uid),
        [1, 1, 1],
      );
      assert.equal(answers.filter((answer) => answer?.fresh).length, 1);
      await phone.mailboxes.expunge(inbox.id, one(1), true);
      assert.deepEqual([(await deliver(laptop))?.uid, await uidsIn(phone, inbox)], [0, []]);
    });

    it('are appended all or none', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const good = { body: await stage(world, letter('good')), prefix: '', flags: [], internalDate: 1 };
      const gone = { ...good, body: { ...good.body, id: '01BX5ZZKBKACTAV9WEVGEMMVRZ' as typeof good.body.id } };
      await assert.rejects(world.mailboxes.append(inbox.id, [good, gone]), { name: 'BodyMissing' });
      assert.deepEqual(await uidsIn(world, inbox), []);
      await world.mailboxes.append(inbox.id, [good]);
      assert.equal((await world.mailboxes.status(inbox.id)).messages, 1);
    });

    it('keep the counts of their mailbox right, whatever happens to them', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const trash = await mailboxNamed(world, alice, 'Trash');
      await put(world, inbox, 4);
      await put(world, inbox, 2, [seen]);
      await world.mailboxes.changeFlags(inbox.id, [{ from: 1, to: 5 }], { how: 'add', flags: [deleted] });
      await world.mailboxes.changeFlags(inbox.id, one(5), { how: 'replace', flags: [] });
      await world.mailboxes.copy(inbox.id, [{ from: 2, to: 3 }], inbox.id, true);
      await world.mailboxes.move(inbox.id, one(3), trash.id, true);
      await world.mailboxes.expunge(inbox.id, [
        { from: 1, to: 1 },
        { from: 5, to: 6 },
      ]);
      for (const mailbox of [inbox, trash]) {
        const { rows, status } = await world.mailboxes.snapshot(mailbox.id);
        const sizes = await world.mailboxes.sizes(mailbox.id);
        assert.deepEqual(
          [status.messages, status.unseen, status.deleted, status.size],
          [
            rows.length,
            rows.filter(({ flags }) => !flags.includes(seen)).length,
            rows.filter(({ flags }) => flags.includes(deleted)).length,
            sizes.reduce((sum, { size }) => sum + size, 0),
          ],
        );
      }
      assert.deepEqual(await uidsIn(world, inbox), [2, 4, 5, 6, 7, 8]);
    });

    it('are recent for one session only', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 3);
      assert.equal((await world.mailboxes.status(inbox.id)).recent, 3);
      assert.deepEqual(await world.mailboxes.claimRecent(inbox.id), [{ from: 1, to: 3 }]);
      assert.deepEqual(await world.mailboxes.claimRecent(inbox.id), []);
      await put(world, inbox, 2);
      await world.mailboxes.expunge(inbox.id, [{ from: 3, to: 4 }], true);
      assert.equal((await world.mailboxes.status(inbox.id)).recent, 1);
      assert.deepEqual(await world.mailboxes.claimRecent(inbox.id), [{ from: 4, to: 5 }]);
      await put(world, inbox, 6);
      const claims = await Promise.all([1, 2, 3].map(() => world.mailboxes.claimRecent(inbox.id)));
      assert.deepEqual(claims.flat(), [{ from: 6, to: 11 }]);
    });

    it('tell what a SELECT needs of them, as their flags say it', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      assert.deepEqual(await world.mailboxes.contents(inbox.id), {
        uids: new Uint32Array(0),
        keywords: [],
        status: await world.mailboxes.status(inbox.id),
      });
      await put(world, inbox, 140, [seen]);
      const flag = (uid: number, ...flags: readonly string[]) =>
        world.mailboxes.changeFlags(inbox.id, one(uid), { how: 'replace', flags: flags as readonly Flag[] });
      await flag(70, '\\Seen', 'Work', 'urgent');
      await flag(139, '\\Flagged', 'late', 'work', 'Work');
      await flag(3, '\\Seen', 'Work');
      await flag(140);
      const found = await world.mailboxes.contents(inbox.id);
      assert.deepEqual([found.keywords, found.firstUnseen], [['Work', 'urgent', 'late', 'work'], 139]);
      await world.mailboxes.expunge(inbox.id, [{ from: 1, to: 60 }, { from: 64, to: 130 }, { from: 139, to: 139 }], true); // biome-ignore format: one set
      const { uids, keywords, firstUnseen, status } = await world.mailboxes.contents(inbox.id);
      const { rows, status: counted } = await world.mailboxes.snapshot(inbox.id);
      assert.deepEqual([...uids], rows.map(({ uid }) => uid)); // biome-ignore format: side by side
      assert.deepEqual([keywords, firstUnseen, status], [[], 140, counted]);
      await assert.rejects(world.mailboxes.contents('999999' as typeof inbox.id), MailboxGone);
    });

    it('stream in UID order, passing over what is not there', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, bob);
      await put(world, inbox, 250);
      await world.mailboxes.expunge(inbox.id, one(120), true);
      const wanted: NumberSet = [
        { from: 1, to: 1 },
        { from: 5, to: 240 },
        { from: 249, to: 4000 },
        { from: 5000, to: 5000 },
      ];
      const got = (await collected(world.mailboxes.messages(inbox.id, wanted))).map(({ uid }) => uid as number);
      const expected = [1, ...Array.from({ length: 236 }, (_, i) => i + 5).filter((uid) => uid !== 120), 249, 250];
      assert.deepEqual(got, expected);
    });
  });
}
