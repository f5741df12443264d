import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { deleted, seen } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import type { NumberSet } from '../../core/values/number-set.ts';
import { SmallMail } from './small-mail.ts';

const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];

/** As the half that knows names removes a mailbox. */
function remove(mail: SmallMail, mailbox: MailboxId): void {
  mail.dynamo.items.get(`b/${mailbox}`)?.delete('row');
  mail.dynamo.put({ pk: { S: 'doomed' }, sk: { S: mailbox } });
}

describe('what a deleted mailbox left', () => {
  it('is removed step by step, with the bodies that nobody else has', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const { store } = mail.process();
    await store.append(inbox, mail.messages(130));
    await store.append(inbox, [mail.message('with a key', { deliveryKey: 'k' })]);
    await store.copy(inbox, [{ from: 1, to: 40 }], archive, true);
    await store.move(inbox, [{ from: 2, to: 3 }], archive, true);
    await store.expunge(inbox, [{ from: 50, to: 60 }], true);
    remove(mail, inbox);
    assert.equal(await mail.purge(0), false);
    assert.ok((mail.dynamo.items.get('b/inbox')?.size ?? 0) > 100, 'nothing was begun after the deadline');
    assert.equal(await mail.purge(), true);
    assert.equal(mail.dynamo.items.get('b/inbox')?.size, 0);
    assert.equal(mail.dynamo.items.get('doomed')?.size, 0);
    assert.equal([...mail.objects].filter((name) => name.startsWith('mail/')).length, 40);
    await mail.assertNothingLeftOver([archive]);
  });

  it('is removed though another one can not be read, which is told', async () => {
    const mail = new SmallMail();
    const [broken, whole] = [mail.mailbox('a'), mail.mailbox('b')];
    await mail.process().store.append(whole, mail.messages(3));
    mail.dynamo.put({ pk: { S: `b/${broken}` }, sk: { S: 'm/0000000001' } });
    for (const mailbox of [broken, whole]) remove(mail, mailbox);
    await assert.rejects(mail.purge(), /record m\/0000000001 body/);
    assert.deepEqual([...(mail.dynamo.items.get('doomed')?.keys() ?? [])], [broken]);
    assert.equal([...mail.objects].filter((name) => name.startsWith('mail/')).length, 0);
  });
});

describe('a mailbox of ten thousand messages', () => {
  it('is read, changed, moved and expunged, in transactions of at most a hundred items', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const { store, atRest } = mail.process();
    const one = mail.message('many');
    const many = 10_000;
    await store.append(
      inbox,
      Array.from({ length: many }, () => one),
    );
    const { rows, status } = await store.snapshot(inbox);
    assert.deepEqual([rows.length, status.messages, status.unseen, status.uidNext], [many, many, many, many + 1]);
    const { changed } = await store.changeFlags(inbox, all, { how: 'add', flags: [seen, deleted] });
    assert.equal(changed.length, many);
    const upper: NumberSet = [{ from: many / 2 + 1, to: many }];
    const { to } = await store.move(inbox, upper, archive, true);
    assert.equal(to.length, many / 2);
    const { expunged } = await store.expunge(inbox, all);
    assert.deepEqual(expunged, [{ from: 1, to: many / 2 }]);
    await atRest();
    const [left, moved] = [await store.status(inbox), await store.status(archive)];
    assert.deepEqual([left.messages, left.size, moved.messages, moved.unseen, moved.deleted], [0, 0, many / 2, 0, many / 2]);
    await mail.assertNothingLeftOver([inbox, archive]);
  });
});
