import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import { type Connection, ConnectionLost, type Line } from '../../listeners/net/connection.ts';
import { MemoryBudget } from '../../listeners/net/memory-budget.ts';
import { connected, until } from './connected.ts';

const text = (line: Line): string => (line.kind === 'line' ? line.bytes.toString('latin1') : `(${line.kind})`);

/** Wrapped, because a promise returned by an async function would be waited for. */
async function writeUntilBlocked(server: Connection): Promise<{ over: Promise<void> }> {
  for (;;) {
    const over = server.write(Buffer.alloc(1_000_000)) ?? Promise.resolve();
    const blocked = await Promise.race([over.then(() => false), new Promise((resolve) => setTimeout(resolve, 100, true))]);
    if (blocked) return { over };
  }
}

describe('a connection', () => {
  it('of a client that closed its side ends when no more answers go out', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    client.end('FETCH\r\n');
    assert.equal(text(await server.readLine(100, 5000)), 'FETCH');
    assert.equal(text(await server.readLine(100, 5000)), '(end)');
    server.write('some answer\r\n');
    await once(client, 'data');
    t.mock.timers.tick(60_000);
    assert.equal(server.closed, false, 'an answer went out meanwhile');
    t.mock.timers.tick(60_000);
    assert.equal(server.closed, true);
  });

  it('cuts what comes into lines, at CRLF and at a bare LF, however it was sliced', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.write('one\r\ntw');
    assert.equal(text(await server.readLine(100, 5000)), 'one');
    const second = server.readLine(100, 5000);
    client.write('o\nthree\r');
    assert.equal(text(await second), 'two');
    const third = server.readLine(100, 5000);
    client.write('\n\r\n');
    assert.equal(text(await third), 'three');
    assert.equal(text(await server.readLine(100, 5000)), '');
    assert.equal(server.hasBuffered, false);
  });

  it('takes a line of exactly the limit and answers too-long one octet later, then reads the next line', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.write(`${'a'.repeat(10)}\r\n${'b'.repeat(11)}\r\nnext\r\n`);
    assert.equal(text(await server.readLine(10, 5000)), 'a'.repeat(10));
    assert.equal(text(await server.readLine(10, 5000)), '(too-long)');
    assert.equal(text(await server.readLine(10, 5000)), 'next');
  });

  it('keeps nothing of an endless line while it comes in', async (t) => {
    const { server, client, budget, close } = await connected();
    t.after(close);
    const line = server.readLine(1000, 10_000);
    client.write('x'.repeat(3_000_000));
    await until(() => client.writableLength === 0, 'the client wrote it all');
    assert.equal(budget.used, 0);
    client.write('\r\nshort\r\n');
    assert.equal(text(await line), '(too-long)');
    assert.equal(text(await server.readLine(1000, 5000)), 'short');
  });

  it('answers timeout when a line does not end in time, even when octets trickle in', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const trickle = setInterval(() => client.write('x'), 10);
    t.after(() => clearInterval(trickle));
    assert.equal(text(await server.readLine(1000, 100)), '(timeout)');
  });

  it('answers end once the client closes, after the lines that were complete', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.end('last\r\nhalf');
    assert.equal(text(await server.readLine(100, 5000)), 'last');
    assert.equal(text(await server.readLine(100, 5000)), '(end)');
    assert.equal(text(await server.readLine(100, 5000)), '(end)');
    let heard = '';
    client.setEncoding('latin1').on('data', (chunk: string) => {
      heard += chunk;
    });
    server.write('still answered\r\n');
    server.end();
    await once(client, 'close');
    assert.equal(heard, 'still answered\r\n');
  });

  it('answers end when the client resets', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const line = server.readLine(100, 5000);
    client.resetAndDestroy();
    assert.equal(text(await line), '(end)');
    assert.equal(server.closed, true);
  });

  it('reads exactly a literal and then goes on with lines', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const body = Buffer.alloc(300_000, 'ab\r\n');
    client.write(Buffer.concat([Buffer.from('put\r\n'), body, Buffer.from('after\r\n')]));
    assert.equal(text(await server.readLine(100, 5000)), 'put');
    const chunks: Buffer[] = [];
    for await (const chunk of server.readExactly(body.length, 5000)) chunks.push(chunk);
    assert.ok(Buffer.concat(chunks).equals(body));
    assert.equal(text(await server.readLine(100, 5000)), 'after');
  });

  it('ends an unfinished literal short when the client falls silent', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.write('only this');
    let got = '';
    for await (const chunk of server.readExactly(1000, 50)) got += chunk.toString('latin1');
    assert.equal(got, 'only this');
  });

  it('is interrupted while nothing has come, and later when half a line has', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const idle = server.readLine(100, 5000);
    server.interrupt();
    assert.equal(text(await idle), '(interrupted)');
    const line = server.readLine(100, 5000);
    client.write('hal');
    await until(() => server.hasBuffered, 'half a line came');
    server.interrupt();
    client.write('f\r\n');
    assert.equal(text(await line), 'half');
    assert.equal(text(await server.readLine(100, 5000)), '(interrupted)', 'the interruption was kept');
  });

  it('stops reading a client that sends faster than anybody reads', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.write(Buffer.alloc(30_000_000, 'NOOP\r\n'));
    assert.equal(text(await server.readLine(100, 5000)), 'NOOP');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(client.writableLength > 10_000_000, 'most of it was never taken from the client');
    for (let i = 0; i < 50_000; i++) assert.equal(text(await server.readLine(100, 5000)), 'NOOP');
  });

  it('stops reading beyond its allowance when the budget of the process is used up, and goes on when it is not', async (t) => {
    const budget = new MemoryBudget(100_000);
    const { server, client, close } = await connected(budget);
    t.after(close);
    budget.change(100_000);
    client.write(`short\r\n`);
    assert.equal(text(await server.readLine(1_000_000, 5000)), 'short', 'ordinary commands go on');
    const long = server.readLine(10_000_000, 10_000);
    client.write(`${'x'.repeat(8_000_000)}\r\n`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(budget.used < 400_000, `holds ${budget.used} octets`);
    assert.ok(client.writableLength > 0);
    const freeing = setInterval(() => budget.change(-budget.used), 1);
    t.after(() => clearInterval(freeing));
    assert.equal((await long).kind, 'line');
  });

  it('gives back all it was charged for when it closes', async (t) => {
    const { server, client, budget, close } = await connected();
    t.after(close);
    const line = server.readLine(1_000_000, 5000);
    client.write('x'.repeat(500_000));
    await until(() => budget.used > 400_000, 'the half line is charged');
    client.resetAndDestroy();
    assert.equal(text(await line), '(end)');
    assert.equal(budget.used, 0);
  });

  it('makes the writer wait for a slow reader, and tells it when the reader is gone', async (t) => {
    const { server, client, budget, close } = await connected();
    t.after(close);
    client.pause();
    const first = await writeUntilBlocked(server);
    assert.ok(budget.used > 0, 'what waits is charged');
    client.resume();
    await first.over;
    assert.equal(budget.used, 0);

    client.pause();
    const second = await writeUntilBlocked(server);
    client.resetAndDestroy();
    await assert.rejects(second.over, ConnectionLost);
    await assert.rejects(async () => server.write('more'), ConnectionLost);
    assert.equal(budget.used, 0);
  });

  it('refuses a second reader', async (t) => {
    const { server, close } = await connected();
    t.after(close);
    const first = server.readLine(10, 5000);
    assert.throws(() => server.readLine(10, 5000), /two readers/);
    server.destroy();
    assert.equal(text(await first), '(end)');
  });
});

describe('STARTTLS', () => {
  it('throws away commands that came in plain text before the handshake', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    client.write('STLS\r\nDELE 1\r\n');
    assert.equal(text(await server.readLine(100, 5000)), 'STLS');
    assert.equal(server.hasBuffered, true);
    server.write('+OK\r\n');
    const upgrade = server.startTls();
    assert.equal(String(await once(client, 'data')), '+OK\r\n');
    const secured = tls.connect({ socket: client, rejectUnauthorized: false });
    await Promise.all([upgrade, once(secured, 'secureConnect')]);
    secured.write('NOOP\r\n');
    assert.equal(text(await server.readLine(100, 5000)), 'NOOP', 'the injected DELE is gone');
    assert.ok((server.tls?.bits ?? 0) >= 128);
    server.write('+OK secure\r\n');
    assert.equal(String(await once(secured, 'data')), '+OK secure\r\n');
    server.end();
    secured.end();
    await once(secured, 'close');
  });

  it('fails when the client speaks no TLS', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const upgrade = server.startTls();
    client.write('EHLO injected\r\n');
    await assert.rejects(upgrade, { name: 'HandshakeFailed' });
    assert.equal(text(await server.readLine(100, 5000)), '(end)');
  });

  it('fails when the client never begins', async (t) => {
    const { server, close } = await connected(undefined, 50);
    t.after(close);
    await assert.rejects(server.startTls(), { name: 'HandshakeFailed', message: /within 50 ms/ });
    assert.equal(server.closed, true);
  });

  it('fails when the client goes away', async (t) => {
    const { server, client, close } = await connected();
    t.after(close);
    const upgrade = server.startTls();
    client.resetAndDestroy();
    await assert.rejects(upgrade, { name: 'HandshakeFailed' });
  });
});
