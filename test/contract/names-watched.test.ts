import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { AclChange, Identifier } from '../../core/accounts/acl.ts';
import type { Right } from '../../core/accounts/rights.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { World } from '../../core/world.ts';
import { mailWorlds } from './mail-worlds.ts';
import { alice, bob, inboxOf } from './worlds.ts';

const lookAndRead: AclChange = { how: 'replace', rights: new Set<Right>(['l', 'r']) };

/** Begins to watch, and lets pass what a beginning is told. @returns waits for the next that is heard */
async function quiet(t: TestContext, { changes }: World, watched: MailboxId | Identifier): Promise<() => Promise<void>> {
  let hears = (): void => {};
  const heard = (): void => hears();
  const isMailbox = !watched.includes('@') && watched !== 'anyone';
  t.after(isMailbox ? changes.watch(watched as MailboxId, heard) : changes.watchNames(watched as Identifier, heard));
  // On AWS a watch is a registration, after which everybody looks once more.
  await new Promise<void>((resolve) => {
    hears = resolve;
    setTimeout(resolve, 300).unref();
  });
  let waits = Promise.withResolvers<void>();
  hears = () => waits.resolve();
  return async () => {
    await waits.promise;
    waits = Promise.withResolvers<void>();
  };
}

for (const { name, skip, place } of mailWorlds) {
  describe(`changes of names on ${name}`, { skip }, () => {
    const anyone = 'anyone' as Identifier;
    const named = (account: AccountId) => account as string as Identifier;
    /** Each is heard in the process that made it and in another. */
    const deeds: readonly (readonly [what: string, whose: Identifier, does: (world: World) => Promise<unknown>])[] = [
      ['a mailbox is made', named(alice), ({ mailboxes }) => mailboxes.create(alice, 'made')],
      ['a mailbox is renamed', named(alice), ({ mailboxes }) => mailboxes.rename(alice, 'there', 'elsewhere')],
      ['a mailbox is deleted', named(alice), ({ mailboxes }) => mailboxes.delete(alice, 'there')],
      ['a name is subscribed', named(alice), ({ mailboxes }) => mailboxes.subscribe(alice, 'there', true)],
      ['a name is subscribed no more', named(alice), ({ mailboxes }) => mailboxes.subscribe(alice, 'INBOX', false)],
      ['something is shared with somebody', named(bob), ({ mailboxes }) => mailboxes.changeRights(alice, 'there', named(bob), lookAndRead)],
      [
        'something is taken from somebody',
        named(bob),
        ({ mailboxes }) => mailboxes.changeRights(alice, 'there', '-bob@example.org' as Identifier, lookAndRead),
      ],
      ['something is shared with all', anyone, ({ mailboxes }) => mailboxes.changeRights(alice, 'there', anyone, lookAndRead)],
      ["an owner's mailbox is shared", named(alice), ({ mailboxes }) => mailboxes.changeRights(alice, 'there', anyone, lookAndRead)],
      [
        'the server is annotated',
        named(alice),
        ({ annotations }) => annotations.write([{ set: { of: 'server', account: alice }, name: '/comment', value: 'x' }]),
      ],
    ];
    for (const [what, whose, does] of deeds) {
      it(`are heard when ${what}`, async (t) => {
        const here = await place(t);
        const [writer, reader] = [await here.open(), await here.open()];
        await inboxOf(writer, alice);
        await writer.accounts.add(bob, 'not a hash');
        await writer.mailboxes.create(alice, 'there');
        const [atWriter, atReader] = await Promise.all([quiet(t, writer, whose), quiet(t, reader, whose)]);
        await does(writer);
        await Promise.all([atWriter(), atReader()]);
      });
    }

    it('are not heard of others, nor once the watch is stopped', async (t) => {
      const world = await (await place(t)).open();
      await inboxOf(world, alice);
      const told = { bob: 0, stopped: 0 };
      const heard = await quiet(t, world, named(alice));
      const ofBob = await quiet(t, world, named(bob));
      void ofBob().then(() => (told.bob += 1));
      world.changes.watchNames(named(alice), () => (told.stopped += 1))();
      await world.mailboxes.create(alice, 'made');
      await heard();
      assert.deepEqual(told, { bob: 0, stopped: 0 });
    });

    it('of annotations of a mailbox are heard by who watches the mailbox', async (t) => {
      const here = await place(t);
      const [writer, reader] = [await here.open(), await here.open()];
      const inbox = await inboxOf(writer, alice);
      const heard = await Promise.all([writer, reader].map((world) => quiet(t, world, inbox.id)));
      for (const account of [undefined, alice]) {
        const set = { of: 'mailbox', mailbox: inbox, ...(account && { account }) } as const;
        assert.equal(await writer.annotations.write([{ set, name: '/comment', value: account ?? 'all' }]), 'written');
        await Promise.all(heard.map((one) => one()));
      }
    });
  });
}
