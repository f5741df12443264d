import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Identifier } from '../../core/accounts/acl.ts';
import { parseRights } from '../../core/accounts/rights.ts';
import { deleted, type Flag, type MayFlag, seen } from '../../core/values/flags.ts';
import type { World } from '../../core/world.ts';
import { all } from './filled-mailbox.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, inboxOf, letter, mailboxNamed, stage } from './worlds.ts';

const flagged = '\\Flagged' as Flag;
const work = '$Work' as Flag;
const justSeen: MayFlag = { seen: true, deleted: false, others: false };
const notSeen: MayFlag = { seen: false, deleted: true, others: true };

const flagsIn = async ({ mailboxes }: World, name: string): Promise<readonly string[]> => {
  const { rows } = await mailboxes.snapshot((await mailboxNamed({ mailboxes } as World, alice, name)).id);
  return rows.map(({ flags }) => [...flags].sort().join(' '));
};

const withMessage = async (world: World): Promise<Awaited<ReturnType<typeof inboxOf>>> => {
  const inbox = await inboxOf(world, alice);
  const flags = [seen, deleted, flagged, work];
  await world.mailboxes.append(inbox.id, [{ body: await stage(world, letter('one')), prefix: '', flags, internalDate: 1000 }]);
  return inbox;
};

for (const { name, skip, place } of mailWorlds) {
  describe(`what rights are about on ${name}`, { skip }, () => {
    it('copies and moved messages have the flags that may be set where they go, and the counts say so', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await withMessage(world);
      const [sent, trash] = [await mailboxNamed(world, alice, 'Sent'), await mailboxNamed(world, alice, 'Trash')];
      await world.mailboxes.copy(inbox.id, all, sent.id, true, justSeen);
      await world.mailboxes.copy(inbox.id, all, sent.id, false, justSeen);
      assert.deepEqual(await flagsIn(world, 'Sent'), ['\\Seen', '']);
      await world.mailboxes.move(inbox.id, all, trash.id, true, notSeen);
      assert.deepEqual(await flagsIn(world, 'Trash'), ['$Work \\Deleted \\Flagged']);
      const { unseen, deleted: marked } = await world.mailboxes.status(trash.id);
      assert.deepEqual([unseen, marked], [1, 1]);
    });

    it('flags that may not be changed stay as they are, whatever a change is to them', async (t) => {
      const world = await (await place(t)).open();
      const { id } = await withMessage(world);
      const change = async (how: 'add' | 'remove' | 'replace', flags: readonly Flag[], within: MayFlag) =>
        (await world.mailboxes.changeFlags(id, all, { how, flags, within })).changed.length;
      assert.equal(await change('replace', [], justSeen), 1);
      assert.deepEqual(await flagsIn(world, 'INBOX'), ['$Work \\Deleted \\Flagged']);
      assert.equal(await change('remove', [deleted, work], justSeen), 0);
      assert.equal(await change('add', [seen], notSeen), 0);
      assert.equal(await change('replace', [seen], notSeen), 1);
      assert.deepEqual(await flagsIn(world, 'INBOX'), ['']);
    });

    it('a change of rights comes with the changes of the mailbox, takes no MODSEQ, and wakes who watches', async (t) => {
      const here = await place(t);
      const [phone, laptop] = [await here.open(), await here.open()];
      const inbox = await withMessage(phone);
      const before = await phone.mailboxes.changesSince(inbox.id, 0n as never);
      assert.equal(before.acl, undefined);
      const heard = Promise.withResolvers<void>();
      const unwatch = laptop.changes.watch(inbox.id, () => heard.resolve());
      const karen = 'karen@example.org' as Identifier;
      await phone.mailboxes.changeRights(alice, 'INBOX', karen, { how: 'add', rights: parseRights('lr') ?? new Set() });
      await heard.promise;
      unwatch();
      const after = await laptop.mailboxes.changesSince(inbox.id, before.highestModseq);
      assert.deepEqual([...(after.acl ?? [])], [[karen, 'lr']]);
      assert.deepEqual([after.changed.length, after.highestModseq], [0, before.highestModseq]);
      await phone.mailboxes.append(inbox.id, [{ body: await stage(phone, letter('two')), prefix: '', flags: [], internalDate: 1 }]);
      assert.deepEqual([...((await laptop.mailboxes.changesSince(inbox.id, before.highestModseq)).acl ?? [])], [[karen, 'lr']]);
    });
  });
}
