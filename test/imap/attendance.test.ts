import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Attendance, Unattended, type Word } from '../../listeners/imap/attendance.ts';
import { Responses } from '../../listeners/imap/responses.ts';
import { ConnectionLost } from '../../listeners/net/connection.ts';
import type { Ending } from '../../listeners/net/session.ts';
import { atRest, VirtualClock } from '../slots/virtual-clock.ts';

class AwaitedClient {
  readonly written: string[] = [];
  readonly doings: string[] = [];
  readonly connection = {
    closed: false,
    ended: false,
    broken: false,
    write: (data: string | Uint8Array): Promise<void> | undefined => {
      this.written.push(String(data));
      return this.connection.broken ? Promise.reject(new ConnectionLost('gone')) : undefined;
    },
  };
  readonly session = { ending: undefined as Ending | undefined, mayAct: () => true, doing: (what: string) => void this.doings.push(what) };
  readonly #attendance: Attendance;
  word: Word = { doing: 'SEARCH INBOX', text: 'Searching' };

  constructor(attendance: Attendance) {
    this.#attendance = attendance;
  }

  waitFor<T>(run: (signal: AbortSignal) => Promise<T>, tag = 'a1'): Promise<T> {
    const ports = { connection: this.connection, session: this.session, out: new Responses(this.connection) };
    return this.#attendance.whileAwaited({ tag, word: () => this.word }, ports, run);
  }
}

function awaited() {
  const clock = new VirtualClock();
  const attendance = new Attendance(clock);
  const seconds = (n: number): Promise<void> => clock.advance(n * 1_000);
  return { clock, seconds, client: () => new AwaitedClient(attendance) };
}

/** Goes on until it is told to stop. */
const forever = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));

describe('a command that somebody waits for', () => {
  it('gives its answer and says nothing when it is not long', async () => {
    const phone = awaited().client();
    assert.equal(await phone.waitFor(async () => 7), 7);
    assert.deepEqual(phone.written, []);
  });

  it('tells every ten seconds where it stands', async () => {
    const { client, seconds } = awaited();
    const phone = client();
    const work = Promise.withResolvers<number>();
    const answer = phone.waitFor(() => work.promise);
    phone.word = { doing: 'waiting for SEARCH INBOX', text: 'Waiting' };
    await seconds(12);
    phone.word = { doing: 'SEARCH INBOX', text: 'Searching', decided: { done: 454, of: 1_000 } };
    await seconds(10);
    phone.word = { ...phone.word, decided: { done: 1_000, of: 1_000 } };
    await seconds(10);
    work.resolve(7);
    assert.equal(await answer, 7);
    await seconds(20);
    assert.deepEqual(phone.written, [
      '* OK [INPROGRESS ("a1" NIL NIL)] Waiting\r\n',
      '* OK [INPROGRESS ("a1" 454 1000)] Searching\r\n',
      '* OK [INPROGRESS ("a1" NIL NIL)] Searching\r\n',
    ]);
    assert.deepEqual([...new Set(phone.doings)], ['waiting for SEARCH INBOX', 'SEARCH INBOX']);
  });

  it('does not name a tag that would end the response code', async () => {
    const { client, seconds } = awaited();
    const phone = client();
    const answer = assert.rejects(phone.waitFor(forever, 'a]1'), ConnectionLost);
    await seconds(12);
    phone.connection.closed = true;
    await seconds(1);
    await answer;
    assert.deepEqual(phone.written, ['* OK [INPROGRESS (NIL NIL NIL)] Searching\r\n']);
  });

  it('stops soon after its client is gone, or as soon as that shows', async () => {
    const { client, seconds } = awaited();
    const [gone, silent] = [client(), client()];
    const first = assert.rejects(gone.waitFor(forever), ConnectionLost);
    const second = assert.rejects(silent.waitFor(forever), ConnectionLost);
    await seconds(3);
    gone.connection.closed = true;
    await seconds(1);
    await first;
    silent.connection.broken = true;
    await seconds(9);
    await second;
  });

  it('asks a client that has closed its side at once, and once, whether it still listens', async () => {
    const { client, seconds } = awaited();
    const [script, gone] = [client(), client()];
    const work = Promise.withResolvers<number>();
    const answer = script.waitFor(() => work.promise);
    const given = assert.rejects(gone.waitFor(forever), ConnectionLost);
    gone.connection.broken = true;
    for (const one of [script, gone]) one.connection.ended = true;
    await seconds(3);
    await given;
    work.resolve(7);
    assert.equal(await answer, 7);
    assert.equal(script.written.length, 1);
  });

  it('stops when the session has to end, but may finish while the server drains', async () => {
    const { client, seconds } = awaited();
    const phone = client();
    const answer = assert.rejects(phone.waitFor(forever), Unattended);
    phone.session.ending = 'draining';
    await seconds(5);
    phone.session.ending = 'kicked';
    await seconds(1);
    await answer;
  });

  it('fails as its work fails', async () => {
    const phone = awaited().client();
    await assert.rejects(
      phone.waitFor(() => Promise.reject(new Error('disk'))),
      /disk/,
    );
  });

  it('waits with its answer until a word on its way is out, so that the two do not mix', async () => {
    const { client, seconds } = awaited();
    const phone = client();
    const slow = Promise.withResolvers<void>();
    phone.connection.write = () => slow.promise;
    const work = Promise.withResolvers<number>();
    let answered = false;
    const answer = phone
      .waitFor(() => work.promise)
      .then(() => {
        answered = true;
      });
    await seconds(12);
    work.resolve(7);
    await atRest();
    assert.equal(answered, false);
    slow.resolve();
    await answer;
  });

  it('costs no timer of its own, and none is left when nobody waits', async () => {
    const { client, clock, seconds } = awaited();
    let sleeps = 0;
    const { sleep } = clock;
    clock.sleep = (...args) => {
      sleeps += 1;
      return sleep.apply(clock, args);
    };
    const phone = client();
    for (let i = 0; i < 100; i++) await phone.waitFor(async () => i);
    assert.equal(sleeps, 1);
    await seconds(5);
    assert.equal(sleeps, 1);
  });
});
