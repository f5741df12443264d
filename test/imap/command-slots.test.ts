import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { FixedValue } from '../../core/settings/fixed-settings.ts';
import { commandKey, fetchesKey } from '../../core/slots/slot-key.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Hold } from '../../core/slots/slots.ts';
import type { Client } from '../harness/client.ts';
import { until } from '../harness/edge.ts';
import { VirtualClock } from '../slots/virtual-clock.ts';
import { alice, append, ask, message, type OpenImap, openImap } from './open-imap.ts';

const ofFetch = commandKey('fetch', alice);
const ofSearch = commandKey('search', alice);

/** An edge whose time the test moves, with two messages in INBOX. */
async function opened(t: TestContext, settings: Readonly<Record<string, FixedValue>> = {}) {
  const clock = new VirtualClock();
  const edge = await openImap(settings, clock);
  t.after(() => edge.close());
  const phone = await selected(edge, 'phone');
  for (const subject of ['first', 'second']) await append(phone, 'INBOX', message(subject));
  return { edge, clock, phone };
}

async function selected(edge: OpenImap, name: string): Promise<Client> {
  const client = await edge.logIn(name);
  await ask(client, 's SELECT INBOX');
  return client;
}

async function hold({ slots }: OpenImap, key: SlotKey, limit: number, kind: 'command' | 'total' | 'shared' = 'command'): Promise<Hold> {
  const answer = await slots.take({ key, limit, kind });
  assert.ok(typeof answer === 'object' && 'release' in answer);
  return answer;
}

const heldOf = ({ slots }: OpenImap): object => Object.fromEntries(slots.held());

/** Waits until the session opened last says that it does this; time passes second by second. */
async function doing(edge: OpenImap, clock: VirtualClock, what: string): Promise<void> {
  await until(what, async () => {
    await clock.advance(1_000);
    return edge.doings.some((one) => one.doing === what);
  });
}

describe('a FETCH', () => {
  it('waits while its account has as many as it may, hears so every ten seconds, and goes on when one has ended', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/fetches-per-account': 1 });
    const other = await hold(edge, ofFetch, 1);
    phone.send('a1 FETCH 1 FLAGS');
    await doing(edge, clock, 'waiting for FETCH INBOX');
    await clock.advance(12_000);
    await phone.expect('* OK [INPROGRESS ("a1" NIL NIL)] Waiting for other FETCHes to end');
    await clock.advance(10_000);
    await phone.expect('* OK [INPROGRESS ("a1" NIL NIL)] *');
    other.release();
    await phone.expect('* 1 FETCH *');
    await phone.expect('a1 OK *', new Map(), (line) => line.startsWith('* '));
    assert.deepEqual(heldOf(edge), {});
    assert.deepEqual(edge.refused, []);
  });

  for (const [what, key, limit, kind, settings] of [
    ['its account', ofFetch, 1, 'command', { 'imap/fetches-per-account': 1 }],
    ['the server', fetchesKey(), 1, 'total', { 'imap/fetches': 1 }],
  ] as const) {
    it(`is refused when ${what} has as many as it may for forty seconds`, async (t) => {
      const { edge, clock, phone } = await opened(t, settings);
      await hold(edge, key, limit, kind);
      phone.send('a1 UID FETCH 1 FLAGS');
      await doing(edge, clock, 'waiting for FETCH INBOX');
      await clock.advance(41_000);
      await phone.expect('a1 NO [LIMIT] Too many current FETCHes active', new Map(), (line) => line.startsWith('* OK [INPROGRESS'));
      assert.deepEqual(edge.refused, [
        {
          protocol: 'imap',
          scope: 'fetches',
          refused: 'fetches-full',
          network: '127.0.0.1/32',
          account: alice,
          used: 1,
          limit: 1,
          observed: false,
        },
      ]);
      assert.deepEqual(heldOf(edge), { [key]: 1 }, 'the slot of the account is back too');
      await phone.ask('a2 NOOP', 'a2 OK *');
    });
  }

  it('holds none of the server while it waits for its account', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/fetches-per-account': 1, 'imap/fetches': 1 });
    const other = await hold(edge, ofFetch, 1);
    phone.send('a1 FETCH 1 FLAGS');
    await doing(edge, clock, 'waiting for FETCH INBOX');
    assert.deepEqual(heldOf(edge), { [ofFetch]: 1 });
    other.release();
    await phone.expect('a1 OK *', new Map(), (line) => line.startsWith('* '));
  });

  it('waits forty seconds for both together', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/fetches-per-account': 1, 'imap/fetches': 1 });
    const [account] = [await hold(edge, ofFetch, 1), await hold(edge, fetchesKey(), 1, 'total')];
    phone.send('a1 FETCH 1 FLAGS');
    await doing(edge, clock, 'waiting for FETCH INBOX');
    await clock.advance(30_000);
    account.release();
    await clock.advance(11_000);
    await phone.expect('a1 NO [LIMIT] *', new Map(), (line) => line.startsWith('* OK [INPROGRESS'));
  });

  it('is refused at once where nobody is to wait, and knows of no slot that only lingers', async (t) => {
    const { edge, phone } = await opened(t, { 'imap/fetches-per-account': 1, 'imap/fetch-wait': 0 });
    assert.match((await ask(phone, 'a1 FETCH 1 FLAGS')).at(-1) ?? '', /^a1 OK/);
    await hold(edge, ofFetch, 1, 'shared');
    await phone.ask('a2 FETCH 1 FLAGS', 'a2 NO [LIMIT] Too many current FETCHes active');
  });

  it('above a limit that is only observed runs, and is told of', async (t) => {
    const { edge, phone } = await opened(t, { 'imap/fetches-per-account': 1, 'imap/fetches-per-account/mode': 'observe' });
    await edge.slots.take({ key: ofFetch, limit: 1, kind: 'command', observe: true });
    assert.match((await ask(phone, 'a1 FETCH 1 FLAGS')).at(-1) ?? '', /^a1 OK/);
    assert.deepEqual(
      edge.refused.map(({ scope, observed, used, limit }) => [scope, observed, used, limit]),
      [['fetches', true, 1, 1]],
    );
  });

  it('whose client goes while it waits leaves the line, and nobody is told that it was refused', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/fetches-per-account': 1 });
    const other = await hold(edge, ofFetch, 1);
    const laptop = await selected(edge, 'laptop');
    phone.send('a1 FETCH 1 FLAGS');
    await doing(edge, clock, 'waiting for FETCH INBOX');
    laptop.send('b1 FETCH 1 FLAGS');
    phone.close(); // as a program that is closed: its side of the connection ends in good order
    await until('the session to end', async () => {
      await clock.advance(1_000);
      return edge.openSessions() === 1;
    });
    other.release();
    await laptop.expect('b1 OK *', new Map(), (line) => line.startsWith('* '));
    assert.deepEqual(edge.refused, []);
    assert.deepEqual(heldOf(edge), {});
  });

  it('gives its slots back when it fails and when its client goes in the midst of it', async (t) => {
    const { edge, phone } = await opened(t);
    const { read } = edge.world.bodies;
    const begun = Promise.withResolvers<void>();
    edge.world.bodies.read = async function* () {
      begun.resolve();
      yield Buffer.alloc(65_536);
      await new Promise((resolve) => setTimeout(resolve, 50));
      yield Buffer.alloc(65_536);
    };
    phone.send('a1 FETCH 1 BODY.PEEK[]');
    await begun.promise;
    assert.deepEqual(heldOf(edge), { [ofFetch]: 1, [fetchesKey()]: 1 });
    phone.vanish();
    await until('the slots to come back', async () => edge.slots.held().size === 0);
    edge.world.bodies.read = read;
    const laptop = await selected(edge, 'laptop');
    const { messages } = edge.world.mailboxes;
    edge.world.mailboxes.messages = () => {
      throw new Error('disk on fire');
    };
    await laptop.ask('b1 FETCH 1 ENVELOPE', 'b1 NO [UNAVAILABLE] Try again later');
    edge.world.mailboxes.messages = messages;
    assert.deepEqual(heldOf(edge), {});
  });

  it('is told to try again later when the store of slots does not answer', async (t) => {
    const { edge, phone } = await opened(t);
    await edge.slots.close();
    await phone.ask('a1 FETCH 1 FLAGS', 'a1 NO [UNAVAILABLE] Try again later');
    await phone.ask('a2 SEARCH SUBJECT x', 'a2 NO [UNAVAILABLE] Try again later');
    assert.deepEqual(
      edge.refused.map(({ scope, refused }) => [scope, refused]),
      [
        ['store-down', 'store-unavailable'],
        ['store-down', 'store-unavailable'],
      ],
    );
  });

  it('costs no write of the store while others of its account come and go', async (t) => {
    const { edge, phone } = await opened(t);
    await ask(phone, 'a0 FETCH 1 FLAGS');
    await ask(phone, 'a0 SEARCH UNSEEN');
    const before = edge.slotWrites();
    for (let i = 0; i < 50; i++) {
      await ask(phone, `a${i} FETCH 1:* (FLAGS)`);
      await ask(phone, `b${i} SEARCH UNSEEN`);
    }
    assert.ok(edge.slotWrites() - before <= 2, `${edge.slotWrites() - before} writes`);
  });
});

describe('a SEARCH', () => {
  for (const criteria of ['UNSEEN', 'SUBJECT x']) {
    it(`by ${criteria} is refused when its account has as many as it may for thirty seconds`, async (t) => {
      const { edge, clock, phone } = await opened(t, { 'imap/searches-per-account': 1 });
      const other = await hold(edge, ofSearch, 1);
      phone.send(`a1 SEARCH ${criteria}`);
      await doing(edge, clock, 'waiting for SEARCH INBOX');
      await clock.advance(12_000);
      await phone.expect('* OK [INPROGRESS ("a1" NIL NIL)] Waiting for other searches to end');
      await clock.advance(20_000);
      await phone.expect('a1 NO [LIMIT] Too many concurrent searches - try again later', new Map(), (line) => line.startsWith('* OK'));
      assert.deepEqual(
        edge.refused.map(({ scope, refused, used, limit }) => [scope, refused, used, limit]),
        [['searches', 'searches-full', 1, 1]],
      );
      other.release();
      assert.match((await ask(phone, 'a2 SEARCH UNSEEN')).at(-1) ?? '', /^a2 OK/);
      assert.deepEqual(heldOf(edge), {});
    });
  }

  it('whose client goes while it waits leaves the line', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/searches-per-account': 1 });
    const other = await hold(edge, ofSearch, 1);
    phone.send('a1 SEARCH SUBJECT x');
    await doing(edge, clock, 'waiting for SEARCH INBOX');
    phone.vanish();
    await until('the run to end', async () => {
      await clock.advance(1_000);
      return edge.searches.underWay === 0;
    });
    other.release();
    assert.deepEqual(heldOf(edge), {});
    assert.deepEqual(edge.refused, []);
  });
});

describe('a command of a process that runs as many as it may', () => {
  it('waits ten seconds and is put off; a message that comes with it is passed over', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/commands-per-process': 1 });
    const place = await edge.places.enter('imap');
    assert.ok(place !== 'full');
    for (const [said, doingWhat] of [
      ['a1 NOOP', 'waiting for NOOP INBOX'],
      ['a1 FETCH 1 FLAGS', 'waiting for FETCH INBOX'],
      ['a1 SEARCH SUBJECT x', 'waiting for SEARCH INBOX'],
      ['a1 APPEND INBOX {5+}\r\nhello', 'waiting for APPEND INBOX'],
    ] as const) {
      phone.send(said);
      await doing(edge, clock, doingWhat);
      await clock.advance(11_000);
      await phone.expect('a1 NO [LIMIT] Too many commands are running, try again later', new Map(), (line) => line.startsWith('* OK'));
    }
    assert.deepEqual(
      edge.refused.map(({ scope }) => scope),
      ['commands', 'commands', 'commands', 'commands'],
    );
    assert.deepEqual(heldOf(edge), {});
    place.leave();
    await phone.ask('a2 NOOP', 'a2 OK *');
    assert.equal(edge.places.running('imap'), 0);
  });

  it('runs as soon as another has ended', async (t) => {
    const { edge, clock, phone } = await opened(t, { 'imap/commands-per-process': 1 });
    const place = await edge.places.enter('imap');
    assert.ok(place !== 'full');
    phone.send('a1 FETCH 1 FLAGS');
    await doing(edge, clock, 'waiting for FETCH INBOX');
    place.leave();
    await phone.expect('* 1 FETCH *');
    await phone.expect('a1 OK *', new Map(), (line) => line.startsWith('* '));
    assert.equal(edge.places.running('imap'), 0);
  });

  it('runs all the same when it only waits for its client, or says goodbye', async (t) => {
    const { edge, phone } = await opened(t, { 'imap/commands-per-process': 1 });
    const laptop = await edge.connect('laptop');
    await laptop.ask('b1 AUTHENTICATE PLAIN', '+ ');
    await phone.ask('a1 NOOP', 'a1 OK *');
    await phone.ask('a2 IDLE', '+ idling');
    await laptop.ask(Buffer.from('\0alice\0secret').toString('base64'), 'b1 OK *');
    assert.equal(edge.places.running('imap'), 0);
    assert.ok((await edge.places.enter('imap')) !== 'full');
    await laptop.ask('b3 LOGOUT', '* BYE *');
    await phone.ask('DONE', 'a2 OK *');
    await phone.ask('a3 LOGOUT', '* BYE *');
  });
});
