import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Flag, seen } from '../../core/values/flags.ts';
import type { MailboxId } from '../../core/values/ids.ts';
import { inNumberSet, type NumberSet } from '../../core/values/number-set.ts';
import type { Modseq } from '../../core/values/uid.ts';
import type { Messages } from '../../platform/aws/mailboxes/messages.ts';
import { seeded } from '../harness/seeded.ts';
import type { Fate } from './small-dynamo.ts';
import { type AnyAsked, SmallMail } from './small-mail.ts';

const all: NumberSet = [{ from: 1, to: 0xffff_ffff }];

type Store = Messages['store'];

/** A reader that is told of changes alone, and must at the end know what is there. */
async function follow(store: Store, mailbox: MailboxId, isOver: () => boolean): Promise<ReadonlyMap<number, string>> {
  const known = new Map<number, string>();
  let modseq = 0n as Modseq;
  let uidNext = 1;
  for (let isLast = false; ; ) {
    const delta = await store.changesSince(mailbox, modseq);
    assert.ok(delta.highestModseq >= modseq && delta.uidNext >= uidNext, 'MODSEQ and UIDNEXT never go back');
    for (const { uid, flags, modseq: changedAt } of delta.changed) {
      assert.ok(changedAt > modseq, `message ${uid} changed at ${changedAt}, which was told at ${modseq}`);
      assert.ok(known.has(uid) || uid >= uidNext, `message ${uid} came when ${uidNext} had been told`);
      known.set(uid, flags.join(' '));
    }
    for (const uid of [...known.keys()].filter((uid) => inNumberSet(delta.vanished, uid))) known.delete(uid);
    ({ highestModseq: modseq, uidNext } = delta);
    if (isLast) return known;
    isLast = isOver();
    await nextTurn();
  }
}

async function flagsOf(store: Store, mailbox: MailboxId): Promise<ReadonlyMap<number, string>> {
  const { rows } = await store.snapshot(mailbox);
  return new Map(rows.map(({ uid, flags }) => [uid, flags.join(' ')]));
}

describe('mailboxes on DynamoDB, with several processes at work', () => {
  for (const turnsBetween of [0, 4]) {
    it(`tell a reader of every change once its MODSEQ was told, with ${turnsBetween} turns between the items of a transaction`, async () => {
      const mail = new SmallMail();
      mail.dynamo.turnsBetween = turnsBetween;
      const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
      const random = seeded(7);
      const pick = (most: number): NumberSet => {
        const from = 1 + Math.floor(random() * most);
        return [{ from, to: from + Math.floor(random() * 9) }];
      };
      const work = async ({ store }: Messages): Promise<void> => {
        for (let i = 0; i < 25; i += 1) {
          const chance = random();
          if (chance < 0.45) await store.append(inbox, mail.messages(1 + Math.floor(random() * 3)));
          else if (chance < 0.7)
            await store.changeFlags(inbox, pick(60), { how: random() < 0.5 ? 'add' : 'remove', flags: [seen, '$Work' as Flag] });
          else if (chance < 0.8) await store.expunge(inbox, pick(60), true);
          else if (chance < 0.9) await store.copy(inbox, pick(60), archive, true);
          else await store.move(inbox, pick(60), archive, true);
        }
      };
      let over = false;
      const workers = Promise.all([1, 2, 3].map(() => work(mail.process()))).finally(() => {
        over = true;
      });
      const followed = await Promise.all([inbox, archive].map((mailbox) => follow(mail.process().store, mailbox, () => over)));
      await workers;
      const { store } = mail.process();
      assert.deepEqual(followed[0], await flagsOf(store, inbox));
      assert.deepEqual(followed[1], await flagsOf(store, archive));
      await mail.assertNothingLeftOver([inbox, archive]);
    });
  }

  it('append each message once though every third answer of a transaction is lost', async () => {
    const mail = new SmallMail();
    const inbox = mail.mailbox('inbox');
    let count = 0;
    const fate = ({ operation }: AnyAsked): Fate => {
      if (operation !== 'TransactWriteItems') return 'well';
      count += 1;
      return count % 3 === 0 ? 'unanswered' : count % 7 === 0 ? 'lost' : 'well';
    };
    const processes = [1, 2, 3].map(() => mail.process({ fate }));
    const appended = await Promise.all(
      processes.flatMap(({ store }) => Array.from({ length: 20 }, () => store.append(inbox, mail.messages(1)))),
    );
    const uids = appended.map(([one]) => one?.uid ?? 0).sort((a, b) => a - b);
    assert.deepEqual(
      uids,
      Array.from({ length: 60 }, (_, i) => i + 1),
    );
    assert.equal((await mail.process().store.status(inbox)).messages, 60);
    await mail.assertNothingLeftOver([inbox]);
  });

  it('go on while one copies very many messages, and who adds others gets UIDs behind them or before them', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const [copier, other] = [mail.process(), mail.process()];
    const one = mail.message('many');
    await copier.store.append(
      inbox,
      Array.from({ length: 2_000 }, () => one),
    );
    await copier.store.append(archive, mail.messages(70));
    let over = false;
    const copied = copier.store.copy(inbox, all, archive, true).finally(() => {
      over = true;
    });
    const followed = follow(mail.process().store, archive, () => over);
    const flagged = other.store.changeFlags(archive, [{ from: 1, to: 70 }], { how: 'add', flags: [seen] });
    const added = [other, copier].map(({ store }) => store.append(archive, mail.messages(1)));
    const [{ to }] = await Promise.all([copied, flagged, ...added]);
    assert.equal(to.length, 2_000);
    assert.ok(
      to.every((uid, i) => i === 0 || uid === (to[i - 1] ?? 0) + 1),
      'side by side',
    );
    const { messages } = await other.store.status(archive);
    assert.equal(messages, 2_072);
    await followed;
    await mail.assertNothingLeftOver([inbox, archive]);
  });

  it('tell the processes that watch a mailbox of each change, and no others', async () => {
    const mail = new SmallMail();
    const [inbox, archive] = [mail.mailbox('inbox'), mail.mailbox('archive')];
    const told: string[] = [];
    const { store } = mail.process({ teller: { tell: (mailbox, watchers) => void told.push(`${mailbox} ${watchers.join()}`) } });
    await store.append(inbox, mail.messages(1));
    await mail.watchers().register(inbox, '10.0.0.7:8026', mail.clock.now() + 60_000);
    await mail.watchers().register(archive, '10.0.0.8:8026', mail.clock.now() - 1);
    await store.append(inbox, mail.messages(1));
    await store.copy(inbox, all, archive, true);
    await store.move(inbox, all, archive, true);
    assert.deepEqual(told, ['inbox 10.0.0.7:8026', 'inbox 10.0.0.7:8026']);
    await mail.watchers().unregister(inbox, '10.0.0.7:8026');
    await store.append(inbox, mail.messages(1));
    assert.equal(told.length, 2);
  });
});
