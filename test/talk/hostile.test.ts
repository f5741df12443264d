import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import net from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { MailboxId } from '../../core/values/ids.ts';
import { helloOctets, longestFrame, Opener, Sealer, talkKeys } from '../../platform/aws/talk/sealed-frames.ts';
import { openTalkServer, type TalkServerOptions } from '../../platform/aws/talk/talk-server.ts';
import { askedText, changedText, mostMailboxes } from '../../platform/aws/talk/words.ts';
import { answersWith } from '../net/answers.ts';
import { KeptLog, until } from './memory-stage.ts';

const timeout = 30_000; // ms: a wait that never ends fails
const key = randomBytes(32);
const inbox = 'inbox' as MailboxId;

describe('where processes talk to each other', { timeout }, () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0)) end();
  });

  async function server(more: Partial<TalkServerOptions> = {}) {
    const log = new KeptLog();
    const heard: MailboxId[] = [];
    const answers = answersWith({ slots: () => [{ key: 'imap/sessions', held: 1, process: 'task' }] });
    const listen = { host: '127.0.0.1', port: 0 };
    const hear = (mailboxes: readonly MailboxId[]): void => void heard.push(...mailboxes);
    const opened = await openTalkServer({ listen, keys: () => [key], heard: hear, answers: () => answers, log, ...more });
    ends.push(() => opened.close());
    return { port: opened.port, log, heard };
  }

  /** A connection that says what a test likes, and keeps what came back. */
  async function stranger(port: number) {
    const socket = net.connect({ host: '127.0.0.1', port });
    let got = Buffer.alloc(0);
    socket
      .on('error', () => {})
      .on('data', (octets: Buffer) => {
        got = Buffer.concat([got, octets]);
      });
    const closed = once(socket, 'close');
    ends.push(() => socket.destroy());
    await until(() => got.length >= helloOctets || socket.destroyed);
    const theirs = got.subarray(0, helloOctets);
    return { socket, theirs, closed, answer: () => got.subarray(helloOctets) };
  }

  const keysWith = (theirs: Buffer, ours: Buffer, of = key) => talkKeys(of, theirs, ours);

  it('who knows the key is heard and answered', async () => {
    const { port, heard } = await server();
    const { socket, theirs, answer } = await stranger(port);
    const ours = randomBytes(helloOctets);
    const { toServer, toClient } = keysWith(theirs, ours);
    const sealer = new Sealer(toServer);
    socket.write(Buffer.concat([ours, sealer.seal(changedText([inbox])), sealer.seal(askedText(5, { ask: 'slots' }))]));
    await until(() => answer().length > 4 && answer().length >= 4 + answer().readUInt32BE());
    const told = new Opener(toClient).open(answer().subarray(4));
    assert.deepEqual(JSON.parse(String(told)), { id: 5, last: true, facts: [{ key: 'imap/sessions', held: 1, process: 'task' }] });
    assert.deepEqual(heard, [inbox]);
  });

  it('a key that is no longer listed is accepted while the process still accepts it', async () => {
    const old = randomBytes(32);
    const accepted = [key, old];
    const { port, heard } = await server({ keys: () => accepted });
    for (const [one, isGood] of [
      [old, true],
      [old, false],
    ] as const) {
      if (!isGood) accepted.pop();
      const { socket, theirs, closed } = await stranger(port);
      const ours = randomBytes(helloOctets);
      socket.write(Buffer.concat([ours, new Sealer(keysWith(theirs, ours, one).toServer).seal(changedText([inbox]))]));
      if (isGood) await until(() => heard.length === 1);
      else await closed;
    }
    assert.equal(heard.length, 1);
  });

  it('forged frames get no answer of any kind, and are told of in the log once, then counted', async () => {
    const { port, heard, log } = await server();
    for (let i = 0; i < 5; i++) {
      const { socket, theirs, closed, answer } = await stranger(port);
      const ours = randomBytes(helloOctets);
      const { toServer } = keysWith(theirs, ours, randomBytes(32));
      socket.write(Buffer.concat([ours, new Sealer(toServer).seal(changedText([inbox]))]));
      await closed;
      assert.equal(answer().length, 0);
    }
    assert.deepEqual(heard, []);
    assert.deepEqual(log.named('talk-refused'), [{ why: 'not sealed by a key of this process', address: '127.0.0.1' }]);
  });

  it('what was recorded of another connection opens on none, and no frame is taken twice', async () => {
    const { port, heard } = await server();
    const first = await stranger(port);
    const ours = randomBytes(helloOctets);
    const sealer = new Sealer(keysWith(first.theirs, ours).toServer);
    const recorded = Buffer.concat([ours, sealer.seal(changedText([inbox]))]);
    first.socket.write(recorded);
    await until(() => heard.length === 1);

    const again = await stranger(port);
    again.socket.write(recorded);
    await again.closed;

    first.socket.write(recorded.subarray(helloOctets)); // the same frame on the same connection
    await first.closed;
    assert.equal(heard.length, 1);
  });

  it('one octet changed on the way ends the connection', async () => {
    const { port, heard } = await server();
    const { socket, theirs, closed } = await stranger(port);
    const ours = randomBytes(helloOctets);
    const frame = new Sealer(keysWith(theirs, ours).toServer).seal(changedText([inbox]));
    frame[10] = (frame[10] ?? 0) ^ 1;
    socket.write(Buffer.concat([ours, frame]));
    await closed;
    assert.deepEqual(heard, []);
  });

  it('a frame that says it is longer than one may be is not waited for', async () => {
    const { port, log } = await server();
    const { socket, closed } = await stranger(port);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(longestFrame + 1);
    socket.write(Buffer.concat([randomBytes(helloOctets), length]));
    await closed;
    assert.equal(log.named('talk-refused')[0]?.why, 'not of this protocol');
  });

  it('who says nothing, or an octet now and then, is turned away', async () => {
    const { port, log } = await server({ limits: { frame: 300 } });
    const silent = await stranger(port);
    const slow = await stranger(port);
    const dripping = setInterval(() => slow.socket.write('x'), 20);
    ends.push(() => clearInterval(dripping));
    await Promise.all([silent.closed, slow.closed]);
    assert.equal(log.named('talk-refused')[0]?.why, 'too slow');
  });

  it('half a frame of one who knows the key is not waited for either', async () => {
    const { port, heard } = await server({ limits: { frame: 300 } });
    const { socket, theirs, closed } = await stranger(port);
    const ours = randomBytes(helloOctets);
    const sealer = new Sealer(keysWith(theirs, ours).toServer);
    socket.write(Buffer.concat([ours, sealer.seal(changedText([inbox]))]));
    await until(() => heard.length === 1);
    const half = sealer.seal(changedText([inbox])).subarray(0, 20);
    socket.write(half);
    await closed;
    assert.equal(heard.length, 1);
  });

  it('strangers have few places, and those who know the key keep theirs', async () => {
    const { port, log, heard } = await server({ limits: { strangers: 3 } });
    const known = await stranger(port);
    const ours = randomBytes(helloOctets);
    const sealer = new Sealer(keysWith(known.theirs, ours).toServer);
    known.socket.write(Buffer.concat([ours, sealer.seal(changedText([inbox]))]));
    await until(() => heard.length === 1);
    for (let i = 0; i < 3; i++) await stranger(port);
    await (await stranger(port)).closed;
    assert.equal(log.named('talk-refused')[0]?.why, 'too many connections');
    known.socket.write(sealer.seal(changedText([inbox])));
    await until(() => heard.length === 2);
  });

  it('what is neither a hint nor a question changes nothing', async () => {
    const { port, heard, log } = await server();
    const { socket, theirs } = await stranger(port);
    const ours = randomBytes(helloOctets);
    const sealer = new Sealer(keysWith(theirs, ours).toServer);
    const odd = [
      '',
      '[]',
      'null',
      '{"changed":[7]}',
      '{"changed":[""]}',
      JSON.stringify({ changed: Array.from({ length: mostMailboxes + 1 }, (_, i) => `m${i}`) }),
      '{"asked":{"ask":"slots"}}',
      '{"id":1,"asked":null}',
      '{"id":2,"asked":{"ask":"everything"}}',
      '{"id":3,"asked":{"ask":"kick","session":"../.."}}',
    ];
    socket.write(Buffer.concat([ours, ...odd.map((text) => sealer.seal(Buffer.from(text)))]));
    socket.write(sealer.seal(changedText([inbox])));
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [inbox]);
    assert.deepEqual(log.lines, []);
  });
});
