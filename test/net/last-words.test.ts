import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, it } from 'node:test';
import tls from 'node:tls';
import type { LineProtocol } from '../../listeners/net/session.ts';
import { readAll, until } from './connected.ts';
import { startToy } from './toy.ts';

/** More than a system holds of a connection whose client does not read. */
const much = Buffer.alloc(24 << 20, 'x');

/** STARTTLS when the client asks for it, then more than it reads at once, and a goodbye. */
function talkative(over: () => void): LineProtocol {
  return async (connection) => {
    const line = await connection.readLine(100, 10_000);
    if (line.kind === 'line' && line.bytes.toString('latin1') === 'starttls') {
      connection.write('ok\r\n');
      await connection.startTls();
    }
    connection.write(much);
    connection.write('goodbye\r\n');
    over();
  };
}

type Way = 'plain' | 'starttls' | 'tls';

/** A client that has asked for all that and reads none of it yet. */
async function asking(way: Way, port: number): Promise<net.Socket> {
  const raw = net.connect(port, '127.0.0.1');
  if (way === 'starttls') {
    raw.write('starttls\r\n');
    await once(raw, 'data');
    raw.removeAllListeners('data');
  }
  if (way === 'plain') {
    raw.write('go on\r\n');
    return raw.pause();
  }
  const secured = tls.connect({ socket: raw, rejectUnauthorized: false });
  await once(secured, 'secureConnect');
  if (way === 'tls') secured.write('go on\r\n');
  return secured.pause();
}

describe('the last words of a session', () => {
  for (const way of ['plain', 'starttls', 'tls'] as const)
    it(`reach a client that reads slowly (${way})`, async (t) => {
      const said = Promise.withResolvers<void>();
      const { plain, secure, sessions } = await startToy(t, {}, talkative(said.resolve));
      const client = await asking(way, way === 'tls' ? secure.port : plain.port);
      t.after(() => client.destroy());
      await said.promise;
      await until(() => sessions.all().length === 0, 'the session to be over');
      const reading = readAll(client);
      client.resume();
      const all = await reading;
      assert.equal(all.length, much.length + 'goodbye\r\n'.length);
      assert.ok(all.endsWith('xgoodbye\r\n'));
    });
});
