import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AccountId } from '../../core/values/address.ts';
import type { MailboxId, SpoolId } from '../../core/values/ids.ts';
import { mailWorlds } from './mail-worlds.ts';
import { local, rowFor, spooled, us } from './spool-worlds.ts';
import { alice, bob, collected, inboxOf, letter, read, stage } from './worlds.ts';

for (const { name, skip, isOneStore, place } of mailWorlds) {
  const twoStores = isOneStore ? false : 'spool and mailboxes are two stores here';
  describe(`a spool and the mailboxes beside it, on ${name}`, { skip }, () => {
    it('delivers at once what is for mailboxes here, without a row, and does nothing when an account is gone', {
      skip: twoStores,
    }, async (t) => {
      const world = await (await place(t)).open();
      const copyFor = (account: typeof alice) => ({ account, prefix: 'Return-Path: <>\r\n', internalDate: 1000 });
      const [{ id: inbox }, { id: other }] = [await inboxOf(world, alice), await inboxOf(world, bob)];
      assert.equal(
        await world.spool.addDelivered(await stage(world, letter('for nobody')), [
          copyFor(alice),
          copyFor('nobody@example.org' as typeof alice),
        ]),
        false,
      );
      assert.equal((await world.mailboxes.status(inbox)).messages, 0);
      const body = await stage(world, letter('for two'));
      assert.equal(await world.spool.addDelivered(body, [copyFor(alice), copyFor(bob)]), true);
      for (const one of [inbox, other]) {
        const [record] = await collected(world.mailboxes.messages(one, [{ from: 1, to: 9 }]));
        assert.deepEqual([record?.body, record?.prefix, record?.internalDate, record?.flags], [body.id, 'Return-Path: <>\r\n', 1000, []]);
        assert.equal((await read(world, body.id)).length, body.facts.size);
      }
      assert.deepEqual(await world.spool.list({ limit: 9 }), []);
    });

    it('delivers at once a message with a key once per mailbox, and by the spool not again', { skip: twoStores }, async (t) => {
      const world = await (await place(t)).open();
      const inboxes = [await inboxOf(world, alice), await inboxOf(world, bob)];
      const copyFor = (account: AccountId) => ({ account, prefix: '', internalDate: 1, deliveryKey: `m/${account}` });
      const deliver = async (accounts: readonly AccountId[]) =>
        world.spool.addDelivered(await stage(world, letter('once')), accounts.map(copyFor));
      assert.equal(await deliver([alice]), true);
      assert.equal(await deliver([alice, bob]), true);
      assert.equal(await deliver([alice, bob]), true);
      const [row] = await spooled(world, [local]);
      assert.ok(await world.spool.claim(row.id, 1000, { by: us, until: 5000 }));
      const copies = inboxes.map(({ id: mailbox, account }) => ({ ...copyFor(account), mailbox, flags: [] }));
      assert.deepEqual(
        (await world.spool.deliver(row.id, us, copies)) as readonly { fresh: boolean }[] | string,
        inboxes.map(() => ({ uid: 1, modseq: 2n, fresh: false })),
      );
      for (const { id } of inboxes) {
        const messages = await collected(world.mailboxes.messages(id, [{ from: 1, to: 99 }]));
        assert.equal(messages.length, 1);
        for (const { body } of messages) assert.equal(await read(world, body), letter('once'));
      }
    });

    it('delivers to several mailboxes and finishes the row in one step, once', async (t) => {
      const world = await (await place(t)).open();
      const inboxes = [await inboxOf(world, alice), await inboxOf(world, bob)];
      const [row] = await spooled(world, [local]);
      const copy = (mailbox: MailboxId) => ({ mailbox, prefix: 'Return-Path: <>\r\n', flags: [], internalDate: 5, deliveryKey: row.id });
      const copies = [...inboxes.map(({ id }) => copy(id)), copy('999999' as MailboxId)];
      assert.equal(await world.spool.deliver(row.id, us, copies), 'claim-lost');
      await world.spool.claim(row.id, 1000, { by: us, until: 5000 });
      const answers = await world.spool.deliver(row.id, us, copies);
      assert.ok(answers !== 'claim-lost');
      assert.deepEqual(
        answers.map((answer) => (answer === 'gone' ? answer : answer.uid)),
        [1, 1, 'gone'],
      );
      assert.equal(await world.spool.deliver(row.id, us, copies), 'claim-lost');
      for (const { id } of inboxes) {
        const [message] = await collected(world.mailboxes.messages(id, [{ from: 1, to: 9 }]));
        assert.equal(message?.size, letter('out').length + 17);
        await world.mailboxes.expunge(id, [{ from: 1, to: 1 }], true);
      }
      await assert.rejects(read(world, row.body), { name: 'BodyMissing' });
    });

    it('adds reports in the step that delivers, and not at all when the claim was lost', async (t) => {
      const world = await (await place(t)).open();
      const inbox = await inboxOf(world, alice);
      const [row] = await spooled(world, [local]);
      const copy = { mailbox: inbox.id, prefix: '', flags: [], internalDate: 1, deliveryKey: 'k' };
      const report = async () => [
        { message: world.newId() as SpoolId, body: await stage(world, letter('delivered')), rows: [rowFor(local)], acceptedAt: 2000 },
      ];
      assert.equal(await world.spool.deliver(row.id, us, [copy], undefined, await report()), 'claim-lost');
      assert.equal((await world.spool.list({ limit: 10 })).length, 1);
      assert.ok(await world.spool.claim(row.id, 1000, { by: us, until: 5000 }));
      assert.notEqual(await world.spool.deliver(row.id, us, [copy], undefined, await report()), 'claim-lost');
      const [left, ...others] = await world.spool.list({ limit: 10 });
      assert.ok(left);
      assert.deepEqual([left.facts.envelope.subject, others], ['delivered', []]);
      assert.equal(await read(world, left.body), letter('delivered'));
    });
  });
}
