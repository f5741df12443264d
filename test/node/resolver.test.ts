import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { DnsTemporary } from '../../core/delivery/resolver.ts';
import { systemResolver } from '../../platform/node/resolver.ts';

/** A name server that answers every question with a bare header of this code (RFC 1035 section 4.1.1); undefined = silence. */
async function nameServer(t: { after(run: () => void): void }, code: number | undefined): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { port, address }) => {
    if (code === undefined) return;
    const answer = Buffer.from(question);
    answer[2] = 0x81;
    answer[3] = 0x80 | code;
    socket.send(answer, port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  t.after(() => socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

describe('the resolver', () => {
  it('takes a name that is not there for an answer', async (t) => {
    const dns = systemResolver({ servers: [await nameServer(t, 3)], timeout: 500, tries: 1 });
    assert.deepEqual(await dns.mx('nowhere.example'), []);
    assert.deepEqual(await dns.addresses('nowhere.example'), []);
    assert.deepEqual(await dns.addresses('not a name'), []);
  });

  it('takes a name server that fails or is silent for a matter of time', async (t) => {
    for (const code of [2, undefined]) {
      const dns = systemResolver({ servers: [await nameServer(t, code)], timeout: 200, tries: 1 });
      await assert.rejects(dns.mx('a.example'), DnsTemporary);
      await assert.rejects(dns.addresses('a.example'), DnsTemporary);
    }
  });

  it('never asks for localhost', async () => {
    const dns = systemResolver({ servers: ['127.0.0.1:1'] });
    assert.deepEqual(await dns.addresses('localhost'), ['127.0.0.1', '::1']);
  });
});
