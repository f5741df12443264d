import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { constants, createDeflateRaw, createInflateRaw, deflateRawSync } from 'node:zlib';
import { Inflation } from '../../listeners/net/inflation.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import { connected, type Pair, until } from './connected.ts';

const flush = constants.Z_SYNC_FLUSH;
const soon = 5000; // ms

/** A client's side with one stream for all it says, as clients have it. */
function compressing({ client }: Pair) {
  const out = createDeflateRaw({ level: 9 });
  out.on('data', (octets: Buffer) => void client.write(octets));
  const into = createInflateRaw();
  const heard: Buffer[] = [];
  into.on('data', (octets: Buffer) => void heard.push(octets));
  client.on('data', (octets: Buffer) => void into.write(octets));
  return {
    say(octets: string | Buffer): void {
      out.write(octets);
      out.flush(flush);
    },
    heard: (): Buffer => Buffer.concat(heard),
  };
}

async function open(t: { after(run: () => void): void }, budget?: MemoryBudget) {
  const pair = await connected(budget);
  t.after(() => pair.close());
  pair.server.startCompression();
  return pair;
}

const lineOf = async (pair: Pair, limit = 1000): Promise<string> => {
  const line = await pair.server.readLine(limit, soon);
  return line.kind === 'line' ? line.bytes.toString('latin1') : line.kind;
};

describe('a compressed connection', () => {
  it('reads lines and writes them, however they refer to earlier ones', async (t) => {
    const pair = await open(t);
    const client = compressing(pair);
    for (let i = 0; i < 200; i++) {
      client.say(`a${i} UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)])\r\n`);
      assert.equal(await lineOf(pair), `a${i} UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)])`);
      await pair.server.write(`a${i} OK\r\n`);
    }
    const wanted = Array.from({ length: 200 }, (_, i) => `a${i} OK\r\n`).join('');
    await until(() => client.heard().length >= wanted.length, 'all answers');
    assert.equal(client.heard().toString('latin1'), wanted);
  });

  it('streams what is large both ways, octet for octet', async (t) => {
    const pair = await open(t);
    const client = compressing(pair);
    const message = Buffer.concat([randomBytes(700_000), Buffer.alloc(2_000_000, 'the same again '), randomBytes(300_000)]);
    client.say('first\r\n');
    client.say(message);
    client.say('last\r\n');
    assert.equal(await lineOf(pair), 'first');
    const read: Buffer[] = [];
    for await (const chunk of pair.server.readExactly(message.length, soon)) {
      read.push(Buffer.from(chunk));
      await pair.server.write(chunk);
    }
    assert.ok(Buffer.concat(read).equals(message));
    assert.equal(await lineOf(pair), 'last');
    await until(() => client.heard().length >= message.length, 'the message to come back');
    assert.ok(client.heard().equals(message));
  });

  it('holds no more of a bomb than of any other client', async (t) => {
    const budget = new MemoryBudget(1 << 26);
    const pair = await open(t, budget);
    pair.client.write(deflateRawSync(Buffer.alloc(100_000_000, 'x'), { finishFlush: flush })); // 97 KB
    await until(() => pair.server.hasBuffered, 'some of it');
    let most = 0;
    for (let i = 0; i < 50; i++) {
      await new Promise((turn) => setTimeout(turn, 2));
      most = Math.max(most, budget.used);
    }
    assert.ok(most > 0 && most < 400_000, `${most} octets are held`);
    assert.equal(await lineOf(pair, 65_536), 'end'); // 16 MB of one line are no mistake
  });

  it('takes no more from a client that sends faster than it is inflated, until it is', async (t) => {
    const pair = await open(t);
    const reading = lineOf(pair);
    const nothing = Buffer.alloc(20_000, Buffer.from([0, 0, 0, 0xff, 0xff])); // blocks of no octets: they bring no line, and cost only time
    for (let i = 0; i < 100; i++) pair.server.onOctets(nothing); // as they would come in one turn
    assert.ok(pair.server.socket.isPaused());
    await until(() => !pair.server.hasBuffered, 'all to be inflated');
    assert.ok(!pair.server.socket.isPaused());
    pair.client.write(deflateRawSync(Buffer.from('a1 NOOP\r\n'), { finishFlush: flush }));
    assert.equal(await reading, 'a1 NOOP');
  });

  it('is ended by what is no deflate stream', async (t) => {
    const pair = await open(t);
    pair.client.write('a1 NOOP\r\na2 NOOP\r\n');
    assert.equal(await lineOf(pair), 'end');
    assert.ok(pair.server.closed);
  });

  it('reads what a client sent before it closed its side', async (t) => {
    const pair = await open(t);
    pair.client.end(deflateRawSync(Buffer.from('a1 LOGOUT\r\n'), { finishFlush: flush }));
    assert.equal(await lineOf(pair), 'a1 LOGOUT');
    assert.equal(await lineOf(pair), 'end');
  });

  it('takes what a client that did not wait had sent behind its command', async (t) => {
    const pair = await connected();
    t.after(() => pair.close());
    pair.client.write(
      Buffer.concat([Buffer.from('a1 COMPRESS DEFLATE\r\n'), deflateRawSync(Buffer.from('a2 NOOP\r\n'), { finishFlush: flush })]),
    );
    assert.equal(await lineOf(pair), 'a1 COMPRESS DEFLATE');
    await pair.server.write('a1 OK\r\n');
    pair.server.startCompression();
    assert.equal(await lineOf(pair), 'a2 NOOP');
  });

  it('can be interrupted between lines', async (t) => {
    const pair = await open(t);
    const client = compressing(pair);
    const waiting = lineOf(pair);
    pair.server.interrupt();
    assert.equal(await waiting, 'interrupted');
    client.say('DONE\r\n');
    assert.equal(await lineOf(pair), 'DONE');
  });

  it('is plain again when it is ended, also by a client that ends its stream', async (t) => {
    for (const finishFlush of [flush, constants.Z_FINISH]) {
      const pair = await open(t);
      pair.client.write(deflateRawSync(Buffer.from('a1 UNAUTHENTICATE\r\n'), { finishFlush }));
      assert.equal(await lineOf(pair), 'a1 UNAUTHENTICATE');
      await pair.server.write('a1 OK\r\n');
      pair.server.stopCompression();
      await pair.server.write('* plain\r\n');
      pair.client.write('a2 NOOP\r\n');
      assert.equal(await lineOf(pair), 'a2 NOOP');
    }
  });

  it('lets others go on while one client reads slowly', async (t) => {
    const pair = await open(t);
    pair.client.pause();
    const noise = randomBytes(1 << 20);
    let waits: Promise<void> | undefined;
    for (let i = 0; i < 64 && waits === undefined; i++) waits = pair.server.write(noise);
    assert.ok(waits !== undefined, 'nothing ever waited');
    pair.client.resume();
    await waits;
  });
});

describe('while nobody reads', () => {
  const plain = Buffer.from(Array.from({ length: 600 }, (_, i) => `a${i} NOOP`.padEnd(62)).join('\r\n'));

  /** It told one piece, was paused, and has inflated all that came. */
  const heldBack = async () => {
    const told: Buffer[] = [];
    let settled = 0;
    const inflation = new Inflation({
      onInflated: (chunk) => {
        if (told.length === 0) inflation.pause();
        told.push(chunk);
      },
      onSettled: () => {
        settled += 1;
      },
      onInflateFault: () => {},
    });
    inflation.add(deflateRawSync(plain, { finishFlush: flush }));
    await until(() => inflation.pending === plain.length - (told[0]?.length ?? 0), 'the rest to be inflated and counted');
    return { inflation, told: () => Buffer.concat(told), settled: () => settled };
  };

  it('what is inflated and held back is not forgotten, and nothing is settled before it is told', async () => {
    const { inflation, told, settled } = await heldBack();
    inflation.rest(); // its owner stands between two lines, as it may: a line's end can fall on the border of a piece
    assert.equal(settled(), 0);
    inflation.resume();
    await until(() => settled() > 0, 'all to be settled');
    assert.ok(told().equals(plain));
    assert.equal(inflation.pending, 0);
  });
});

describe('between two commands', () => {
  const ready = () => {
    const told: string[] = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    const inflation = new Inflation({
      onInflated: (chunk) => void told.push(chunk.toString('latin1')),
      onSettled: resolve,
      onInflateFault: () => void told.push('fault'),
    });
    return { inflation, told, settled: promise };
  };

  it('a session keeps as much as its client has sent, and never more than 32 KB', async () => {
    const { inflation, settled } = ready();
    inflation.add(deflateRawSync(Buffer.from('a1 NOOP\r\n'), { finishFlush: flush }));
    await settled;
    inflation.rest();
    assert.equal(inflation.held, 9);
    const large = ready();
    large.inflation.add(deflateRawSync(randomBytes(500_000), { finishFlush: flush }));
    await large.settled;
    large.inflation.rest();
    assert.equal(large.inflation.held, 32 * 1024);
  });

  it('nothing is let go of a client that is in the midst of a block', async () => {
    const { inflation, told } = ready();
    const whole = deflateRawSync(Buffer.from('a1 NOOP and something more\r\n'), { finishFlush: flush });
    inflation.add(whole.subarray(0, 6));
    await new Promise((turn) => setTimeout(turn, 20));
    inflation.rest();
    inflation.add(whole.subarray(6));
    await until(() => told.join('') === 'a1 NOOP and something more\r\n', 'the rest of the line');
  });
});
