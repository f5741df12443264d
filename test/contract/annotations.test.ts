import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type AnnotationSet, maxAnnotationOctets, maxAnnotations, maxElsewhere, maxSetOctets } from '../../core/mailbox/annotations.ts';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { World } from '../../core/world.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, bob, inboxOf, mailboxNamed } from './worlds.ts';

const shared = (mailbox: Mailbox): AnnotationSet => ({ of: 'mailbox', mailbox });
const ownOf = (mailbox: Mailbox, account: AccountId): AnnotationSet => ({ of: 'mailbox', mailbox, account });
const server = (account: AccountId): AnnotationSet => ({ of: 'server', account });

const write = (world: World, set: AnnotationSet, values: Record<string, string | undefined>) =>
  world.annotations.write(Object.entries(values).map(([name, value]) => ({ set, name, value })));
const read = async (world: World, set: AnnotationSet): Promise<Record<string, string>> => {
  const [found = []] = await world.annotations.read([set]);
  return Object.fromEntries(found.map(({ name, value }) => [name, value]));
};

for (const { name, skip, place } of mailWorlds) {
  describe(`annotations on ${name}`, { skip }, () => {
    it('are written, replaced and removed, with any octets, and told by name', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('');
      assert.equal(await write(world, shared(inbox), { '/vendor/x/b': all, '/comment': 'old', '/a': '' }), 'written');
      assert.equal(await write(world, shared(inbox), { '/comment': 'new', '/none': undefined }), 'written');
      assert.deepEqual(await world.annotations.read([shared(inbox)]), [
        [
          { name: '/a', value: '' },
          { name: '/comment', value: 'new' },
          { name: '/vendor/x/b', value: all },
        ],
      ]);
      assert.equal(await write(world, shared(inbox), { '/vendor/x/b': undefined, '/comment': undefined, '/a': undefined }), 'written');
      assert.deepEqual(await read(world, shared(inbox)), {});
    });

    it('of a mailbox are shared, or for each account alone; those of the server are another thing', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await inboxOf(world, bob);
      const sets = [shared(inbox), ownOf(inbox, alice), ownOf(inbox, bob), server(alice), server(bob)];
      const changes = sets.map((set, i) => ({ set, name: '/comment', value: `${i}` }));
      assert.equal(await world.annotations.write(changes), 'written');
      assert.deepEqual(
        await world.annotations.read(sets),
        sets.map((_, i) => [{ name: '/comment', value: `${i}` }]),
      );
    });

    it('stay with a mailbox that is renamed, and go with one that is deleted', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      await inboxOf(world, bob);
      await world.mailboxes.create(alice, 'work');
      const work = await mailboxNamed(world, alice, 'work');
      const sets = [shared(work), ownOf(work, alice)];
      for (const set of sets) await write(world, set, { '/comment': 'here' });
      await world.mailboxes.rename(alice, 'work', 'job');
      for (const set of sets) assert.deepEqual(await read(world, set), { '/comment': 'here' });
      await world.mailboxes.delete(alice, 'job');
      for (const set of [...sets, ownOf(work, bob)]) assert.equal(await write(world, set, { '/comment': 'gone' }), 'no-such-mailbox');
      await world.mailboxes.create(alice, 'work');
      assert.deepEqual(await read(world, shared(await mailboxNamed(world, alice, 'work'))), {});
    });

    it('of an account go with it: one that is made anew finds nothing', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await inboxOf(world, bob);
      const sets = [server(bob), ownOf(inbox, bob)];
      for (const set of sets) assert.equal(await write(world, set, { '/comment': 'secret' }), 'written');
      await write(world, shared(inbox), { '/comment': 'stays' });
      await world.accounts.remove(bob);
      for (const set of sets) assert.equal(await write(world, set, { '/comment': 'late' }), 'no-such-mailbox');
      await inboxOf(world, bob);
      for (const set of sets) assert.deepEqual(await read(world, set), {});
      assert.deepEqual(await read(world, shared(inbox)), { '/comment': 'stays' });
    });

    it('are written all or none, and no more than a set may have', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const many = Object.fromEntries(Array.from({ length: maxAnnotations }, (_, i) => [`/n${i}`, 'x']));
      assert.equal(await write(world, server(alice), many), 'written');
      const both = [
        { set: shared(inbox), name: '/comment', value: 'x' },
        { set: server(alice), name: '/one-more', value: 'x' },
      ];
      assert.equal(await world.annotations.write(both), 'too-many');
      assert.deepEqual(await read(world, shared(inbox)), {});
      assert.equal(await write(world, server(alice), { '/n0': undefined, '/one-more': 'x' }), 'written');
      const large = 'x'.repeat(maxAnnotationOctets);
      const tooLarge = Object.fromEntries(Array.from({ length: maxSetOctets / maxAnnotationOctets }, (_, i) => [`/l${i}`, large]));
      assert.equal(await write(world, shared(inbox), tooLarge), 'too-many');
      assert.equal(await write(world, shared(inbox), { ...tooLarge, '/l0': undefined }), 'written');
    });

    it('of an account in mailboxes of others are so many; those of mailboxes that are gone count no more', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      await inboxOf(world, bob);
      const names = Array.from({ length: maxElsewhere }, (_, i) => `m${i}`);
      const made: Mailbox[] = [];
      for (const one of names) made.push((await world.mailboxes.create(alice, one)) as Mailbox);
      for (const mailbox of made) assert.equal(await write(world, ownOf(mailbox, bob), { '/comment': 'x' }), 'written');
      assert.equal(await write(world, ownOf(inbox, bob), { '/comment': 'x' }), 'too-many');
      assert.equal(await write(world, ownOf(made[0] ?? inbox, bob), { '/more': 'x' }), 'written');
      assert.equal(await write(world, ownOf(inbox, alice), { '/comment': 'x' }), 'written');
      await world.mailboxes.delete(alice, 'm1');
      assert.equal(await write(world, ownOf(inbox, bob), { '/comment': 'x' }), 'written');
      assert.deepEqual(await read(world, ownOf(made[2] ?? inbox, bob)), { '/comment': 'x' });
    });

    it('that two processes write at once are both there', async (t) => {
      const { open } = await place(t);
      const [one, other] = [await open(), await open()];
      const inbox = await inboxOf(one, alice);
      const writes = Array.from({ length: 10 }, (_, i) => write(i % 2 === 0 ? one : other, shared(inbox), { [`/n${i}`]: `${i}` }));
      assert.deepEqual(new Set(await Promise.all(writes)), new Set(['written']));
      assert.equal(Object.keys(await read(one, shared(inbox))).length, 10);
    });

    it('of many mailboxes are read together, in the order asked', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const entries = await world.mailboxes.list(alice);
      const sets = entries.flatMap(({ mailbox }) => (mailbox === undefined ? [] : [shared(mailbox), ownOf(mailbox, alice)]));
      const marked = sets.at(5) as AnnotationSet;
      await write(world, marked, { '/comment': 'x' });
      const found = await world.annotations.read(sets);
      assert.deepEqual(
        found.map((annotations) => annotations.length),
        sets.map((set) => (set === marked ? 1 : 0)),
      );
    });
  });
}
