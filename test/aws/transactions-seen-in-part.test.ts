import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { NumberSet } from '../../core/values/number-set.ts';
import type { Fate } from './small-dynamo.ts';
import { type AnyAsked, SmallMail } from './small-mail.ts';

const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];
/** Longer than others need for whatever they do meanwhile. */
const slowly = 400; // turns between two items

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await nextTurn();
}

describe('mailboxes on DynamoDB, while a transaction is seen in part', () => {
  it('keep the body of a message whose append was not answered, and of which the row is seen before the rest', async () => {
    const mail = new SmallMail();
    const inbox = mail.mailbox('inbox');
    const fates: Fate[] = ['late'];
    const fate = ({ operation }: AnyAsked): Fate => (operation === 'TransactWriteItems' ? (fates.shift() ?? 'well') : 'well');
    mail.dynamo.turnsBetween = slowly;
    await mail.process({ fate }).store.append(inbox, mail.messages(1));
    await until(() => [...mail.dynamo.items.keys()].some((key) => key.startsWith('o/')));
    await mail.assertSound([inbox]);
    await mail.assertNothingLeftOver([inbox]);
  });

  it('keep the body of a copy whose original is expunged while the copy is not yet seen to have it', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const [copier, other] = [mail.process(), mail.process()];
    await copier.store.append(inbox, mail.messages(1));
    mail.dynamo.turnsBetween = slowly;
    const copied = copier.store.copy(inbox, all, archive, true);
    await until(() => mail.dynamo.get('b/archive', 'm/0000000001') !== undefined);
    mail.dynamo.turnsBetween = 0;
    await other.store.expunge(inbox, all, true);
    await copied;
    await mail.assertSound([inbox, archive]);
    await mail.assertNothingLeftOver([inbox, archive]);
  });

  it('tell nobody of messages that a MOVE of very many has taken, once its MODSEQ is told', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const [mover, other] = [mail.process(), mail.process()];
    await mover.store.append(inbox, mail.messages(100));
    mail.dynamo.turnsBetween = 20; // a hundred items come one by one, and a reader has patience for so long only
    const moved = mover.store.move(inbox, all, archive, true);
    await until(() => mail.dynamo.get('b/inbox', 'row')?.lv !== undefined);
    const { rows, status } = await other.store.snapshot(inbox);
    assert.deepEqual([rows.length, status.messages], [0, 0]);
    await moved;
    await mail.assertNothingLeftOver([inbox, archive]);
  });

  it('are read to the end by who has seen a row from before the last messages of a block went', async () => {
    const mail = new SmallMail();
    const inbox = mail.mailbox('inbox');
    const other = mail.process();
    await other.store.append(inbox, mail.messages(100));
    let asked = 0;
    const before = async (): Promise<void> => {
      asked += 1;
      if (asked === 2) await other.store.expunge(inbox, all, true); // the row was read, the block was not
    };
    const { rows } = await mail.process({ before }).store.snapshot(inbox);
    assert.deepEqual(rows, []);
  });

  it('copy one message for several sessions at once', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const { store } = mail.process();
    await store.append(inbox, mail.messages(1));
    const copied = await Promise.all(Array.from({ length: 4 }, () => store.copy(inbox, all, archive, true)));
    assert.deepEqual(
      copied.flatMap(({ to }) => to),
      [1, 2, 3, 4],
    );
    await mail.assertNothingLeftOver([inbox, archive]);
  });

  it('move very many messages once, though two sessions do so at once', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    // The first comes not so far as to remove what its messages left in the mailbox.
    const isMoved = (): boolean => mail.dynamo.get('b/archive', 'row')?.n?.N === '100';
    const first = mail.process({ fate: ({ operation }) => (isMoved() && operation !== 'TransactWriteItems' ? 'lost' : 'well') });
    const second = mail.process();
    await second.store.append(inbox, mail.messages(100));
    const moved = await Promise.all([first, second].map(({ store }) => store.move(inbox, all, archive, true)));
    assert.equal(moved.flatMap(({ from }) => from).length, 100);
    assert.equal((await second.store.status(archive)).messages, 100);
    await mail.assertNothingLeftOver([inbox, archive]);
  });
});
