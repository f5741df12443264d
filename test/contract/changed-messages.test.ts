import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MailboxGone, TooManyKeywords } from '../../core/mailbox/mailbox-store.ts';
import { deleted, type Flag, seen } from '../../core/values/flags.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Modseq } from '../../core/values/uid.ts';
import { all, one, put, uidsIn } from './filled-mailbox.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, collected, inboxOf, letter, mailboxNamed, read, stage } from './worlds.ts';

for (const { name, skip, isOneStore, place } of mailWorlds) {
  describe(`messages on ${name}`, { skip }, () => {
    it('tell the flags of those asked for, and of no others', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 6);
      await world.mailboxes.changeFlags(inbox.id, [{ from: 5, to: 5 }], { how: 'add', flags: [seen] });
      await world.mailboxes.expunge(inbox.id, [{ from: 2, to: 2 }], true);
      const rows = await world.mailboxes.flags(inbox.id, [{ from: 1, to: 3 }, { from: 5, to: 5 }, { from: 9, to: 20 }]); // biome-ignore format: one set
      assert.deepEqual(
        rows.map((row) => [row.uid, row.flags]),
        [
          [1, []],
          [3, []],
          [5, [seen]],
        ],
      );
      assert.deepEqual(
        rows,
        (await world.mailboxes.snapshot(inbox.id)).rows.filter((row) => row.uid !== 4 && row.uid !== 6),
      );
      assert.deepEqual(await world.mailboxes.flags(inbox.id, []), []);
      await assert.rejects(world.mailboxes.flags('999999' as typeof inbox.id, [{ from: 1, to: 1 }]), MailboxGone);
    });

    it('change flags only when they have not changed since', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 3);
      const { highestModseq: before } = await world.mailboxes.status(inbox.id);
      const laptop = await world.mailboxes.changeFlags(inbox.id, one(2), { how: 'add', flags: [seen] });
      const phone = await world.mailboxes.changeFlags(inbox.id, all, { how: 'add', flags: ['$Later' as Flag] }, before);
      assert.deepEqual(phone.refused, one(2));
      assert.deepEqual(
        phone.changed.map(({ uid }) => uid),
        [1, 3],
      );
      assert.ok((phone.changed[0]?.modseq ?? 0n) > (laptop.changed[0]?.modseq ?? 0n));
      const again = await world.mailboxes.changeFlags(inbox.id, all, { how: 'add', flags: ['$LATER' as Flag] }, (2n ** 63n - 1n) as Modseq);
      assert.deepEqual(
        again.changed.map(({ uid }) => uid),
        [2],
      );
    });

    it('have a bounded number of keywords', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 1);
      const words = Array.from({ length: 65 }, (_, i) => `k${i}` as Flag);
      await world.mailboxes.changeFlags(inbox.id, all, { how: 'add', flags: words.slice(1) });
      await assert.rejects(world.mailboxes.changeFlags(inbox.id, all, { how: 'add', flags: words }), TooManyKeywords);
      assert.equal((await world.mailboxes.snapshot(inbox.id)).rows[0]?.flags.length, 64);
    });

    it('are changed and expunged in great numbers, and others can write meanwhile', { timeout: 60_000 }, async (t) => {
      const here = await place(t);
      const [world, other] = [await here.open(), await here.open()];
      const inbox = await inboxOf(world, alice);
      const body = await stage(world, letter('many'));
      const many = isOneStore ? 9_000 : 3_000; // emulators take a millisecond and more for each message
      await world.mailboxes.append(
        inbox.id,
        Array.from({ length: many }, (_, i) => ({ body, prefix: '', flags: i % 3 === 0 ? [seen] : [], internalDate: 1 })),
      );
      const meanwhile = async <T>(work: Promise<T>): Promise<[T, number]> => {
        let writes = 0;
        let over = false;
        const done = work.finally(() => {
          over = true;
        });
        for (; !over; writes += 1) await other.mailboxes.subscribe(alice, `Writes ${writes}`, true);
        return [await done, writes];
      };
      const odd: NumberSet = Array.from({ length: many / 2 }, (_, i) => ({ from: 2 * i + 1, to: 2 * i + 1 }));

      const [{ changed }, whileFlagged] = await meanwhile(world.mailboxes.changeFlags(inbox.id, all, { how: 'add', flags: [seen] }));
      assert.deepEqual([changed.length, (await world.mailboxes.status(inbox.id)).unseen], [many - many / 3, 0]);
      await world.mailboxes.changeFlags(inbox.id, odd, { how: 'add', flags: [deleted] });
      const [{ expunged }, whileExpunged] = await meanwhile(world.mailboxes.expunge(inbox.id, all));
      assert.deepEqual(expunged, odd);
      const { messages, size, highestModseq } = await world.mailboxes.status(inbox.id);
      assert.deepEqual([messages, size], [many / 2, (many / 2) * letter('many').length]);
      assert.deepEqual((await uidsIn(world, inbox)).slice(0, 3), [2, 4, 6]);
      const delta = await world.mailboxes.changesSince(inbox.id, 0n as Modseq);
      assert.deepEqual([delta.vanished, delta.changed.length, delta.highestModseq], [odd, many / 2, highestModseq]);
      assert.ok(
        delta.changed.every(({ uid }, i) => uid === 2 * i + 2),
        'in the order of UIDs',
      );
      const least = isOneStore ? 3 : 2; // one each is begun before anything is over; so few are one transaction each on AWS
      assert.ok(whileFlagged + whileExpunged >= least, `others wrote ${whileFlagged} and ${whileExpunged} times`);
    });

    it('that are expunged are told to whoever asks since then, for ever', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await put(world, inbox, 9);
      const { highestModseq: start } = await world.mailboxes.status(inbox.id);
      await world.mailboxes.changeFlags(
        inbox.id,
        [
          { from: 2, to: 4 },
          { from: 8, to: 8 },
        ],
        { how: 'add', flags: [deleted] },
      );
      const { expunged, modseq } = await world.mailboxes.expunge(inbox.id, all);
      assert.deepEqual(expunged, [
        { from: 2, to: 4 },
        { from: 8, to: 8 },
      ]);
      await world.mailboxes.expunge(inbox.id, one(5), true);
      const delta = await world.mailboxes.changesSince(inbox.id, start);
      assert.deepEqual(delta.vanished, [
        { from: 2, to: 5 },
        { from: 8, to: 8 },
      ]);
      assert.deepEqual(delta.changed, []);
      assert.deepEqual((await world.mailboxes.changesSince(inbox.id, modseq)).vanished, one(5));
      assert.deepEqual((await world.mailboxes.changesSince(inbox.id, delta.highestModseq)).vanished, []);
    });

    it('are copied with their flags and date, or without, in the order of their UIDs, and share one body', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const sent = await mailboxNamed(world, alice, 'Sent');
      await put(world, inbox, 3, [seen]);
      assert.deepEqual(await world.mailboxes.copy(inbox.id, [{ from: 2, to: 9 }], sent.id, true), { from: [2, 3], to: [1, 2] });
      await world.mailboxes.copy(inbox.id, one(1), sent.id, false);
      const copies = await collected(world.mailboxes.messages(sent.id, all));
      assert.deepEqual(
        copies.map(({ flags }) => flags),
        [[seen], [seen], []],
      );
      assert.deepEqual(
        copies.map(({ internalDate }) => internalDate === 1000),
        [true, true, false],
      );
      await world.mailboxes.expunge(inbox.id, all, true);
      assert.equal(await read(world, copies[2]?.body ?? assert.fail()), letter('no. 0'));
    });

    it('are moved in one step: no reader finds them in both mailboxes or in none', async (t) => {
      const here = await place(t);
      const [mover, reader] = [await here.open(), await here.open()];
      const inbox = await inboxOf(mover, alice);
      const trash = await mailboxNamed(mover, alice, 'Trash');
      await put(mover, inbox, 40);
      let moving = true;
      const moved = (async () => {
        for (let uid = 1; uid <= 40; uid += 1) await mover.mailboxes.move(inbox.id, one(uid), trash.id, true);
        moving = false;
      })();
      while (moving) {
        await nextTurn();
        const before = (await reader.mailboxes.status(trash.id)).messages;
        const left = (await reader.mailboxes.status(inbox.id)).messages;
        const after = (await reader.mailboxes.status(trash.id)).messages;
        assert.ok(left >= 40 - after && left <= 40 - before, `${before} ${left} ${after}`);
      }
      await moved;
      assert.equal((await mover.mailboxes.status(trash.id)).messages, 40);
    });

    it('whose last copy is gone take their body with them', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const big = 'Subject: big\r\n\r\n' + 'x'.repeat(100_000);
      for (const text of [letter('small'), big]) {
        const body = await stage(world, text);
        await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
        await world.mailboxes.copy(inbox.id, all, inbox.id, true);
        const [first, second] = await uidsIn(world, inbox);
        await world.mailboxes.expunge(inbox.id, one(first ?? 0), true);
        assert.equal(await read(world, body.id), text);
        await world.mailboxes.expunge(inbox.id, one(second ?? 0), true);
        await assert.rejects(read(world, body.id), { name: 'BodyMissing' });
      }
    });
  });
}
