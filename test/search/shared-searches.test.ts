import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { atRest } from '../slots/virtual-clock.ts';
import { Asker, given, now, whole } from './askers.ts';

describe('identical searches', () => {
  it('share one run in one slot, and each gets the answer', async () => {
    const there = given();
    const askers = [new Asker(there), new Asker(there)];
    await there.clock.advance(3_000);
    askers.push(new Asker(there));
    await there.clock.advance(whole);
    for (const { answer } of askers) assert.deepEqual(await now(answer), [1, 4]);
    assert.equal(there.slots.taken, 1);
    assert.equal(there.slots.held, 0);
    assert.equal(there.mailbox.bodyReads, 8, 'header and body of each message, once');
  });

  it('of different words or mailboxes share nothing', async () => {
    const there = given();
    const askers = [new Asker(there), new Asker(there, { key: 'TEXT', text: 'pear' })];
    await there.clock.advance(whole);
    assert.deepEqual(await now(askers[1]?.answer), [2, 4]);
    assert.equal(there.slots.taken, 2);
  });

  it('show how far the run has come', async () => {
    const there = given();
    there.slots.wait = async () => void (await there.clock.sleep(5_000));
    const asker = new Asker(there);
    assert.deepEqual([asker.run?.begun, asker.run?.decided], [false, undefined]);
    await there.clock.advance(15_500);
    assert.deepEqual([asker.run?.begun, asker.run?.decided], [true, { done: 2, of: 4 }]);
  });
});

describe('a search that all who asked have left', () => {
  it('goes on for 90 seconds, and the one who comes back joins it', async () => {
    const there = given();
    there.mailbox.gate = () => there.clock.sleep(20_000);
    for (let retry = 0; retry < 3; retry++) {
      const asker = new Asker(there);
      await there.clock.advance(60_000);
      asker.leave();
      await assert.rejects(asker.answer, /gone/);
    }
    const last = new Asker(there);
    await there.clock.advance(200_000);
    assert.deepEqual(await now(last.answer), [1, 4]);
    assert.equal(there.slots.taken, 1);
  });

  it('is stopped after that, and its slot is back', async () => {
    const there = given();
    there.mailbox.gate = () => there.clock.sleep(20_000);
    const asker = new Asker(there);
    await there.clock.advance(60_000);
    asker.leave();
    await there.clock.advance(89_000);
    assert.equal(there.slots.held, 1);
    await there.clock.advance(22_000); // up to the end of the read that was under way
    assert.equal(there.slots.held, 0);
    assert.deepEqual(there.failures, []);
  });

  it('and comes to its end in that time keeps its result for those who come back later', async () => {
    const there = given();
    there.mailbox.gate = () => there.clock.sleep(5_000); // 75 seconds for all
    const asker = new Asker(there);
    await there.clock.advance(1_000);
    asker.leave();
    await there.clock.advance(119_000);
    const again = new Asker(there);
    await there.clock.advance(whole);
    assert.deepEqual(await now(again.answer), [1, 4]);
    assert.equal(there.slots.taken, 1);
  });

  it('leaves the line at once when it still waits for its slot', async () => {
    const there = given();
    there.slots.wait = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    const [phone, laptop] = [new Asker(there), new Asker(there)];
    phone.leave();
    await atRest();
    assert.equal(there.slots.held, 1, 'the laptop waits on');
    laptop.leave();
    await atRest();
    assert.equal(there.slots.held, 0);
  });
});
