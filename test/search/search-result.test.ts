import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { seen } from '../../core/values/flags.ts';
import { atRest } from '../slots/virtual-clock.ts';
import { Asker, full, given, now, whole } from './askers.ts';
import { letter } from './living-mailbox.ts';

describe('the result of a search', () => {
  it('is kept for a minute after the end, and only what came since is looked at', async () => {
    const there = given();
    const { mailbox, clock } = there;
    const first = new Asker(there);
    await clock.advance(whole);
    await now(first.answer);
    const reads = mailbox.bodyReads;
    mailbox.append(letter('new', 'apple'));
    mailbox.append(letter('new', 'pear'));
    mailbox.flag(1, [seen]);
    mailbox.expunge(0);
    const second = new Asker(there);
    await clock.advance(whole);
    assert.deepEqual(await now(second.answer), [4, 5]);
    assert.equal(mailbox.bodyReads, reads + 6, 'the two new ones and the one that changed');
    await clock.advance(31_000);
    const third = new Asker(there);
    await clock.advance(whole);
    assert.deepEqual(await now(third.answer), [4, 5]);
    assert.equal(there.slots.taken, 2);
  });

  it('is brought up to date once for all who come at the same time', async () => {
    const there = given();
    const { mailbox, clock } = there;
    const early = new Asker(there);
    await clock.advance(3_000);
    const late = Array.from({ length: 20 }, () => new Asker(there));
    mailbox.append(letter('new', 'apple'));
    await clock.advance(whole);
    assert.deepEqual(await now(early.answer), [1, 4]);
    for (const { answer } of late) assert.deepEqual(await now(answer), [1, 4, 5]);
    assert.equal(mailbox.bodyReads, 10);
    assert.equal(there.slots.taken, 1);
  });

  it('is thrown away when too much has changed since, and the search begins anew', async () => {
    const there = given({ fewChanges: 2 });
    const first = new Asker(there);
    await there.clock.advance(whole);
    await now(first.answer);
    for (let i = 0; i < 3; i++) there.mailbox.append(letter('new', 'apple'));
    const again = [new Asker(there), new Asker(there)];
    await there.clock.advance(whole);
    for (const { answer } of again) assert.deepEqual(await now(answer), [1, 4, 5, 6, 7]);
    assert.equal(there.slots.taken, 2);
  });

  it('is not kept without end: the oldest of a thousand goes', async () => {
    const there = given();
    there.mailbox.gate = async () => {};
    const asked = (n: number) => new Asker(there, { key: 'TEXT', text: `apple ${n}` }).answer;
    for (let n = 0; n <= 1_000; n++) await asked(n);
    assert.equal(there.slots.taken, 1_001);
    await asked(1_000);
    assert.equal(there.slots.taken, 1_001);
    await asked(0);
    assert.equal(there.slots.taken, 1_002);
    await there.searches.close();
  });

  it('is forgotten by itself', async () => {
    const there = given();
    const asker = new Asker(there);
    await there.clock.advance(whole);
    await now(asker.answer);
    let sleeps = 0;
    there.clock.sleep = async () => {
      sleeps += 1;
      await atRest();
    };
    await there.clock.advance(120_000);
    assert.equal(sleeps, 0, 'nobody waits for a time to come any more');
  });
});

describe('a search that can not be answered', () => {
  it('is refused to whoever stood in line himself; those who joined him stand in line on', async () => {
    const there = given();
    let left = 1;
    there.slots.wait = async () => {
      await there.clock.sleep(5_000);
      return left-- > 0 ? full : undefined;
    };
    const [phone, laptop, tablet] = [new Asker(there), new Asker(there), new Asker(there)];
    await there.clock.advance(whole);
    assert.deepEqual(await now(phone?.answer), full);
    for (const one of [laptop, tablet]) assert.deepEqual(await now(one?.answer), [1, 4]);
    assert.equal(there.slots.taken, 2);
    assert.equal(there.slots.held, 0);
  });

  it('is refused to all when there is no slot for any of them', async () => {
    const there = given();
    there.slots.wait = async () => full;
    const askers = Array.from({ length: 5 }, () => new Asker(there));
    for (const { answer } of askers) assert.deepEqual(await now(answer), full);
    assert.equal(there.slots.held, 0);
  });

  it('fails for all who wait, is told once to none other, and the next one begins anew', async () => {
    for (const error of [new Error('disk on fire'), new MailboxGone('deleted')]) {
      const there = given();
      const { gate } = there.mailbox;
      there.mailbox.gate = async () => {
        await gate();
        if (there.mailbox.bodyReads === 3) throw error;
      };
      const askers = [new Asker(there), new Asker(there)];
      await there.clock.advance(whole);
      for (const { answer } of askers) await assert.rejects(answer, error);
      assert.deepEqual(there.failures, [], 'the sessions tell it');
      there.mailbox.gate = gate;
      const next = new Asker(there);
      await there.clock.advance(whole);
      assert.deepEqual(await now(next.answer), [1, 4]);
      assert.equal(there.slots.held, 0);
    }
  });

  it('and whom nobody waits for is told to the log, unless the mailbox is gone', async () => {
    for (const error of [new Error('disk on fire'), new MailboxGone('deleted')]) {
      const there = given();
      const asker = new Asker(there);
      await there.clock.advance(3_000);
      asker.leave();
      there.mailbox.gate = () => Promise.reject(error);
      await there.clock.advance(whole);
      assert.deepEqual(there.failures, error instanceof MailboxGone ? [] : [error]);
      assert.equal(there.slots.held, 0);
    }
  });
});
