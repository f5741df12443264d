import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { RawClient } from '../harness/raw-client.ts';
import { type Served, serve } from '../harness/served.ts';

const alice = 'alice@example.test';
const silent = 5000;

describe('a flood', () => {
  let mail: Served;
  before(async () => {
    mail = await serve({ accounts: { [alice]: 'wonderland' } });
  });
  after(() => mail.stop());

  const login = async (from: string): Promise<number> => {
    const started = performance.now();
    const client = await RawClient.open(mail.ports['imap/port'], { from });
    await client.until(/^\* OK /m);
    await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK /m);
    client.destroy();
    return performance.now() - started;
  };
  const resident = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${mail.pid}/status`, 'latin1'))?.[1]) / 1024;

  it(`of ${silent} connections that never speak leaves room for an honest client and bounds memory`, {
    skip: process.platform !== 'linux' && 'needs /proc',
  }, async (t) => {
    const sockets: Socket[] = [];
    for (let i = 0; i < silent; i += 1) {
      // 20 addresses of a network of liars: each has its own per-address limit.
      sockets.push(
        connect({ port: mail.ports['imap/port'], host: '127.0.0.1', localAddress: `127.0.1.${1 + (i % 20)}` }).on('error', () => undefined),
      );
      sockets.at(-1)?.resume();
      if (i % 250 === 249) await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const took = await login('127.0.0.3');
    t.diagnostic(`an honest login took ${took.toFixed(0)} ms; the process has ${resident().toFixed(0)} MB`);
    assert.ok(resident() < 600, 'memory stays bounded');
    for (const socket of sockets) socket.destroy();
  });

  it('of 500 wrong passwords a second does not lock an honest client out', async (t) => {
    const flood = { over: false, tried: 0 };
    const attackers = Array.from({ length: 25 }, (_, i) => attack(mail.ports['imap/port'], `127.0.2.${1 + i}`, flood));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const took: number[] = [];
    for (let i = 0; i < 3; i += 1) took.push(await login(`127.0.3.${1 + i}`));
    flood.over = true;
    await Promise.all(attackers);
    t.diagnostic(`${flood.tried} wrong passwords were tried; honest logins took ${took.map((ms) => ms.toFixed(0)).join(', ')} ms`);
    assert.ok(flood.tried > 100, 'the flood was one');
    assert.ok(Math.min(...took) < 5000, 'an honest login gets through');
  });
});

/** Twenty logins a second from one address, a new connection each. */
async function attack(port: number, from: string, flood: { readonly over: boolean; tried: number }): Promise<void> {
  for (let i = 0; !flood.over; i += 1) {
    void guess(port, from, i).then(
      () => {
        flood.tried += 1;
      },
      () => undefined,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function guess(port: number, from: string, i: number): Promise<void> {
  const client = await RawClient.open(port, { from });
  try {
    await client.until(/^\* /m);
    await client.ask(`a LOGIN ${alice} wrong-${i}\r\n`, /^(a |\* BYE)/m);
  } finally {
    client.destroy();
  }
}
