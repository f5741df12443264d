import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { commandKey } from '../../core/slots/slot-key.ts';
import type { Client } from '../harness/client.ts';
import { until } from '../harness/edge.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';
import { alice, answerTo, append, ask, message, type OpenImap, openImap } from './open-imap.ts';

const ofSearch = commandKey('search', alice);
const minute = 60_000; // ms
/** Each message is read in two steps, header and body, of a second each. */
const stepTime = 1_000;

interface Slow {
  readonly edge: OpenImap;
  readonly clock: VirtualClock;
  readonly laptop: Client;
  reads(): number;
}

/** A mailbox whose bodies are slow to read. @param needles which messages have the word that is looked for */
async function slowMailbox(t: TestContext, count: number, needles: readonly number[], settings = {}): Promise<Slow> {
  const clock = new VirtualClock();
  const edge = await openImap({ 'login/time': 86_400, ...settings }, clock);
  t.after(() => edge.close());
  const laptop = await edge.logIn('laptop');
  await ask(laptop, 'c1 CREATE Large');
  for (let i = 1; i <= count; i++) await append(laptop, 'Large', message(`no. ${i}`, needles.includes(i) ? 'a needle\r\n' : 'hay\r\n'));
  const { read } = edge.world.bodies;
  let reads = 0;
  edge.world.bodies.read = async function* (...args) {
    reads += 1;
    await clock.sleep(stepTime);
    yield* read(...args);
  };
  return { edge, clock, laptop, reads: () => reads };
}

async function searching({ edge }: Slow, tag: string, command = 'SEARCH TEXT needle'): Promise<Client> {
  const phone = await edge.logIn('phone');
  await ask(phone, 's SELECT Large');
  phone.send(`${tag} ${command}`);
  return phone;
}

/** Time passes, in steps small enough for what happens on the wire in between. */
async function pass({ clock }: Slow, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    await clock.advance(Math.min(left, 1_000));
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function answer(there: Slow, phone: Client, tag: string): Promise<readonly string[]> {
  let lines: readonly string[] | undefined;
  void answerTo(phone, tag).then((heard) => {
    lines = heard;
  });
  await until('the answer', async () => {
    await pass(there, 1_000);
    return lines !== undefined;
  });
  return (lines ?? []).filter((line) => !line.includes('[INPROGRESS'));
}

describe('a client that gives up on a slow SEARCH after a minute and comes back with it on a new connection', () => {
  /** Asks, waits for a minute and goes; a message arrives. */
  async function giveUp(there: Slow, tag: string, arriving: string): Promise<void> {
    const phone = await searching(there, tag);
    await pass(there, minute);
    assert.deepEqual(Object.fromEntries(there.edge.slots.held()), { [ofSearch]: 1 });
    phone.close();
    await append(there.laptop, 'Large', message(`arrived after ${tag}`, arriving));
    await until('the session to end', async () => {
      await pass(there, 1_000);
      return there.edge.openSessions() === 1;
    });
  }

  it('five times, with mail arriving in between, costs one run in one slot and has the right answer', async (t) => {
    const there = await slowMailbox(t, 130, [3, 129]);
    for (const [tag, arriving] of [['a1', 'a needle'], ['a2', 'hay'], ['a3', 'a needle'], ['a4', 'hay']] as const) // biome-ignore format: pairs
      await giveUp(there, tag, arriving);
    const phone = await searching(there, 'a5', 'UID SEARCH 1:* TEXT needle');
    assert.deepEqual(await answer(there, phone, 'a5'), ['* SEARCH 3 129 131 133', 'a5 OK UID SEARCH completed']);
    assert.equal(there.reads(), 2 * 134, 'header and body of each message, once');
    assert.deepEqual(Object.fromEntries(there.edge.slots.held()), {});
    assert.deepEqual(there.edge.failures, []);
  });

  it('begins anew each time where searches are not merged, and the run that was given up ends with its client', async (t) => {
    const there = await slowMailbox(t, 40, [3], { 'imap/merge-identical': false });
    await giveUp(there, 'a1', 'hay');
    assert.deepEqual(Object.fromEntries(there.edge.slots.held()), {});
    const before = there.reads();
    const phone = await searching(there, 'a2');
    assert.deepEqual(await answer(there, phone, 'a2'), ['* SEARCH 3', 'a2 OK SEARCH completed']);
    assert.equal(there.reads(), before + 2 * 41);
  });
});

describe('searches for the same at the same time', () => {
  it('take one slot for all, and each client has the numbers of its own view', async (t) => {
    const there = await slowMailbox(t, 8, [3, 8], { 'imap/searches-per-account': 1 });
    const { edge, laptop } = there;
    await ask(laptop, 'c2 SELECT Large');
    const [tablet, phone] = [await searching(there, 'b1', 'UID SEARCH TEXT needle'), await searching(there, 'a1')];
    await pass(there, 3_000);
    await edge.world.mailboxes.expunge((await edge.world.mailboxes.find(alice, 'Large'))?.id as never, [{ from: 1, to: 1 }], true);
    laptop.send('c3 SEARCH NOT (NOT (TEXT NEEDLE))'); // it has not heard that the first message is gone
    const watch = await searching(there, 'w1'); // and this one has never known it
    for (const [client, tag, heard] of [[tablet, 'b1', '3 8'], [phone, 'a1', '3 8'], [laptop, 'c3', '3 8'], [watch, 'w1', '2 7']] as const) // biome-ignore format: pairs
      assert.equal(
        (await answer(there, client, tag)).find((line) => line.startsWith('* SEARCH')),
        `* SEARCH ${heard}`,
      );
    assert.deepEqual(edge.refused, []);
    assert.ok(there.reads() <= 16);
  });

  it('put what they find in an order of their own, and into threads', async (t) => {
    const there = await slowMailbox(t, 8, [3, 5, 8], { 'imap/searches-per-account': 1 });
    const { edge } = there;
    const phone = await searching(there, 'a1');
    const tablet = await searching(there, 'b1', 'UID SORT (REVERSE SUBJECT) UTF-8 TEXT needle');
    const watch = await searching(there, 'w1', 'SORT RETURN (MIN COUNT) (REVERSE SUBJECT) UTF-8 NOT NOT TEXT NEEDLE');
    const laptop = await searching(there, 'c9', 'THREAD ORDEREDSUBJECT UTF-8 TEXT needle');
    assert.equal((await answer(there, phone, 'a1'))[0], '* SEARCH 3 5 8');
    assert.equal((await answer(there, tablet, 'b1'))[0], '* SORT 8 5 3');
    assert.equal((await answer(there, watch, 'w1'))[0], '* ESEARCH (TAG "w1") MIN 8 COUNT 3');
    assert.equal((await answer(there, laptop, 'c9'))[0]?.split('(').length, 4);
    assert.equal(there.reads(), 2 * 8, 'header and body of each message, once for all');
    assert.deepEqual([edge.refused, Object.fromEntries(edge.slots.held())], [[], {}]);
  });

  it('are not shared with those that save, ask for what was saved, or go by age', async (t) => {
    const there = await slowMailbox(t, 4, [3]);
    const phone = await searching(there, 'a1', 'SEARCH RETURN (SAVE COUNT) TEXT needle');
    assert.equal((await answer(there, phone, 'a1'))[0], '* ESEARCH (TAG "a1") COUNT 1');
    assert.equal(there.reads(), 8);
    phone.send('a2 SEARCH TEXT needle');
    assert.equal((await answer(there, phone, 'a2'))[0], '* SEARCH 3');
    assert.equal(there.reads(), 16);
    phone.send('a3 SEARCH $ TEXT needle');
    assert.equal((await answer(there, phone, 'a3'))[0], '* SEARCH 3');
    assert.equal(there.reads(), 18);
    phone.send('a4 SEARCH YOUNGER 4294967295 TEXT needle');
    assert.equal((await answer(there, phone, 'a4'))[0], '* SEARCH 3');
    assert.equal(there.reads(), 26);
  });

  it('tell the highest MODSEQ of what is found, changes since the run began included', async (t) => {
    const there = await slowMailbox(t, 4, [1, 2, 3]);
    const { edge, laptop } = there;
    const phone = await searching(there, 'a1', 'SEARCH MODSEQ 1 TEXT needle');
    await pass(there, 3_000);
    await ask(laptop, 'c2 SELECT Large');
    await ask(laptop, 'c3 STORE 2 +FLAGS.SILENT (\\Seen)');
    const { id } = (await edge.world.mailboxes.find(alice, 'Large')) ?? {};
    const { highestModseq } = await edge.world.mailboxes.status(id as never);
    laptop.send('c4 SEARCH TEXT needle MODSEQ 1');
    assert.match((await answer(there, phone, 'a1'))[0] ?? '', /^\* SEARCH 1 2 3 \(MODSEQ \d+\)$/);
    assert.equal((await answer(there, laptop, 'c4'))[0], `* SEARCH 1 2 3 (MODSEQ ${highestModseq})`);
  });

  it('end for all of them when the mailbox is deleted under them', async (t) => {
    const there = await slowMailbox(t, 8, [3]);
    const clients = [await searching(there, 'a1'), await searching(there, 'b1')];
    await pass(there, 3_000);
    await ask(there.laptop, 'c2 DELETE Large');
    await pass(there, 20_000);
    for (const client of clients)
      await client.expect(
        '* BYE The selected mailbox was deleted',
        new Map(),
        (line) => line.startsWith('* OK') || line.startsWith('* SEARCH'),
      );
    assert.deepEqual(there.edge.failures, []);
    assert.deepEqual(Object.fromEntries(there.edge.slots.held()), {});
  });
});
