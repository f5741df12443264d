import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { mergeKey } from '../../core/mailbox/search/merge-key.ts';
import type { SearchPorts } from '../../core/mailbox/search/search-result.ts';
import { settleSets } from '../../core/mailbox/search/settle-sets.ts';
import type { RunProgress } from '../../core/mailbox/search/shared-run.ts';
import { SharedSearches } from '../../core/mailbox/search/shared-searches.ts';
import type { AccountId } from '../../core/values/address.ts';
import { seen } from '../../core/values/flags.ts';
import type { Refusal } from '../../core/values/refusal.ts';
import { isRefusal } from '../../core/values/result.ts';
import type { SearchKey } from '../../core/values/search-key.ts';
import { atRest, VirtualClock } from '../slots/virtual-clock.ts';
import { LivingMailbox, letter, theMailbox } from './living-mailbox.ts';

const full: Refusal = { refused: 'searches-full' };
const apple: SearchKey = { key: 'TEXT', text: 'apple' };

/** Searches over one mailbox of four messages; a read takes a second. */
function given(ports: Partial<SearchPorts> = {}) {
  const mailbox = new LivingMailbox();
  for (const word of ['apple', 'pear', 'plum', 'apple pear']) mailbox.append(letter('nothing', word));
  const clock = new VirtualClock();
  mailbox.gate = () => clock.sleep(1_000);
  const failures: unknown[] = [];
  const log = { event: () => {}, failure: (_: string, error: unknown) => void failures.push(error) };
  const searches = new SharedSearches({ ...mailbox.ports(), ...ports, clock, log });
  return { mailbox, clock, failures, searches, slots: new Slots() };
}

/** What runs take and give back. */
class Slots {
  taken = 0;
  free = 0;
  /** Takes so long, or never comes. */
  wait: (signal: AbortSignal) => Promise<Refusal | undefined> = async () => undefined;

  host = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T | Refusal> => {
    this.taken += 1;
    try {
      return (await this.wait(signal)) ?? (await work());
    } finally {
      this.free += 1;
    }
  };

  get held(): number {
    return this.taken - this.free;
  }
}

/** One client that asks once. */
class Asker {
  readonly #gone = new AbortController();
  run: RunProgress | undefined;
  readonly answer: Promise<readonly number[] | Refusal>;

  constructor({ mailbox, searches, slots }: ReturnType<typeof given>, criteria: SearchKey = apple) {
    const view = mailbox.select();
    const settled = settleSets(criteria, view);
    const question = {
      account: 'alice@example.org' as AccountId,
      mailbox: theMailbox,
      criteria: settled,
      words: String(mergeKey(settled, view)),
    };
    const follow = (run: RunProgress): void => {
      this.run = run;
    };
    this.answer = searches
      .ask(question, { signal: this.#gone.signal, host: slots.host, follow })
      .then((found) => (isRefusal(found) ? found : [...found.uids]));
    this.answer.catch(() => {});
  }

  leave(): void {
    this.#gone.abort(new Error('gone'));
  }
}

/** What has been answered by now. @throws when nothing has */
async function now<T>(answer: Promise<T> | undefined): Promise<T> {
  const late = atRest().then(() => assert.fail('there is no answer yet'));
  late.catch(() => {});
  return Promise.race([answer ?? late, late]);
}

const whole = 30_000; // ms: more than a run takes

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
