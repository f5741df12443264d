import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import type { HostAddress } from '../../core/delivery/transport.ts';
import type { IpAddress } from '../../core/values/network.ts';
import { smtpTransport } from '../../platform/node/smtp-transport.ts';

/** A host that greets at once, and keeps what it is told. */
async function listeningHost(t: TestContext): Promise<{ readonly at: HostAddress; readonly connection: Promise<Socket>; heard(): string }> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  let heard = '';
  const connection = once(server, 'connection').then(([socket]: Socket[]) => {
    assert.ok(socket);
    socket.on('data', (octets) => (heard += octets.toString('latin1')));
    socket.on('error', () => {});
    socket.write('220 here\r\n');
    t.after(() => socket.destroy());
    return socket;
  });
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const at: HostAddress = {
    host: 'mx.example.net',
    ip: '127.0.0.1' as IpAddress,
    port,
    tls: 'none',
    preference: 0,
    ehlo: 'mail.example.org',
  };
  return { at, connection, heard: () => heard };
}

describe('a connection that is broken off as it opens, because another one stood first', () => {
  it('is closed before a word is said', async (t) => {
    const host = await listeningHost(t);
    const race = new AbortController();
    const lost = new Error('another one stood first');
    await assert.rejects(
      smtpTransport().connect(host.at, race.signal, () => race.abort(lost)),
      lost,
    );
    const socket = await host.connection;
    if (!socket.closed) await new Promise((closed) => socket.once('close', closed));
    assert.equal(host.heard(), '');
  });

  it('is told of once, before it speaks', async (t) => {
    const host = await listeningHost(t);
    const stop = new AbortController();
    let opened = 0;
    const connecting = smtpTransport().connect(host.at, stop.signal, () => {
      opened += 1;
      assert.equal(host.heard(), '');
    });
    const socket = await host.connection;
    while (!host.heard().startsWith('EHLO')) await once(socket, 'data');
    assert.equal(opened, 1);
    stop.abort(new Error('enough'));
    await assert.rejects(connecting, /enough/);
  });
});
