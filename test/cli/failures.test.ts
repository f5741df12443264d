import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parsePeer, peerText } from '../../cli/peer.ts';
import type { FailingPeer } from '../../core/delivery/failure-cache.ts';
import { destinationKey } from '../../core/slots/slot-key.ts';
import type { OpId } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { IpAddress } from '../../core/values/network.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

const ip = '192.0.2.1' as IpAddress;
const mx: FailingPeer = { kind: 'host', ip, port: 25 };
const minute = 60_000;

describe('mailweir failures', () => {
  it('lists who is left alone, why, since when and until when, and what hosts bear', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const now = world.clock.now();
    for (const at of [now - 10 * minute, now - minute]) {
      await world.failures.failed({ peer: mx, name: 'mx.example.net', reason: 'connect: ECONNREFUSED', until: at + 5 * minute }, at);
    }
    const v6: FailingPeer = { kind: 'host', ip: '2001:db8::1' as IpAddress, port: 587 };
    await world.failures.failed({ peer: v6, name: 'relay', reason: 'greeting: 421 no', until: now - minute }, now - 6 * minute);
    await world.failures.learnCap({ ip, port: 25, connections: 3, until: now + 30 * minute, reply: '421 4.7.0 too many connections' });
    const { out, code } = await runCli(['failures', 'list', '--data', data]);
    assert.equal(code, 0);
    assert.match(
      out,
      /192\.0\.2\.1:25 +mx\.example\.net +left alone +2 +\d+m \d+s ago +\d+m \d+s ago +in \d+m \d+s +connect: ECONNREFUSED\n/,
    );
    assert.match(out, /\[2001:db8::1\]:587 +relay +trial due +1 .* with the next message +greeting: 421 no\n/);
    assert.match(out, /\nHosts that bear no more .*\n.*\n192\.0\.2\.1:25 +3 +\d+m \d+s +421 4\.7\.0 too many connections\n/);
    const json = JSON.parse((await runCli(['failures', 'list', '--json', '--data', data])).out);
    const [first] = json.failures;
    assert.deepEqual(
      { ...first, lastAt: undefined, firstAt: undefined },
      {
        peer: '192.0.2.1:25',
        kind: 'host',
        name: 'mx.example.net',
        state: 'left alone',
        failures: 2,
        firstAt: undefined,
        lastAt: undefined,
        until: new Date(now + 4 * minute).toISOString(),
        reason: 'connect: ECONNREFUSED',
      },
    );
    assert.equal(json.caps[0].connections, 3);
  });

  it('holds a host or a domain for a time or until it is cleared, in view of running processes', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const run = (...words: string[]) => runCli(['failures', ...words, '--data', data]);
    assert.equal((await run('hold', '192.0.2.1')).out, '192.0.2.1:25 is held until it is cleared\n');
    assert.match((await run('hold', 'Example.NET', '--for', '2h', '--reason', 'they asked us')).out, /^example\.net is held until 2/);
    const hop: FailingPeer = { kind: 'hop', domain: 'example.net' };
    const held = await world.failures.read([hop]);
    assert.deepEqual(
      held.map(({ held, reason }) => [held, reason]),
      [[true, 'they asked us']],
    );
    assert.match((await run('list')).out, /192\.0\.2\.1:25 +192\.0\.2\.1 +held +0 +- +- +when it is cleared +held by an operator\n/);
    const cleared = await run('clear', '192.0.2.1', '198.51.100.1');
    assert.deepEqual([cleared.code, cleared.out], [3, '192.0.2.1:25 is forgotten\n']);
    assert.match(cleared.err, /nothing is known of 198\.51\.100\.1:25/);
    assert.equal((await world.failures.read([hop])).length, 1, 'a hold on a domain stays when a host is cleared');
    assert.equal((await run('clear', '--all')).out, '1 forgotten\n');
    assert.equal((await run('list')).out, 'no host is left alone\n');
  });

  it('clears with a host the next hops that could not be reached', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const now = world.clock.now();
    for (const peer of [mx, { kind: 'hop', domain: 'example.net' } as const]) {
      await world.failures.failed({ peer, name: 'x', reason: 'no', until: now + minute }, now);
    }
    assert.equal((await runCli(['failures', 'clear', '192.0.2.1', '--data', data])).code, 0);
    assert.deepEqual((await world.failures.list(9)).failures, []);
  });

  it('stand beside what else is known of an address and its slots', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const now = world.clock.now();
    await world.failures.failed({ peer: mx, name: 'mx.example.net', reason: 'connect: ECONNREFUSED', until: now + 5 * minute }, now);
    await world.failures.learnCap({ ip, port: 25, connections: 3, until: now + 30 * minute, reply: '421 4.7.0 too many connections' });
    const holder = 'HOLDER' as HolderId;
    await world.slotStore.register(holder, 40_000);
    const to = { count: 2, version: '01' as OpId };
    await world.slotStore.change({ key: destinationKey(ip), holder, from: undefined, to, limit: 3, total: false, setLimit: false });
    const { out } = await runCli(['explain', '192.0.2.0/24', '--data', data]);
    assert.match(out, /the host 192\.0\.2\.1:25 \(mx\.example\.net\) is left alone for another \d+m \d+s: connect: ECONNREFUSED\n/);
    assert.match(out, /the host 192\.0\.2\.1:25 bears 3 connections at once; it said: 421 4\.7\.0 too many connections\n/);
    const [slot] = JSON.parse((await runCli(['slots', 'outbound/', '--json', '--data', data])).out);
    assert.deepEqual([slot.key, slot.used, slot.limit], [destinationKey(ip), 2, 3]);
  });

  it('refuses what is no peer, and clears nothing that was not named', async (t) => {
    const data = await temporaryData(t);
    for (const words of [
      ['hold', '192.0.2.1:99999'],
      ['hold', 'not a domain'],
      ['clear'],
      ['clear', 'example.net', '--all'],
      ['hold', 'a.example', '--for', 'ever'],
    ]) {
      assert.equal((await runCli(['failures', ...words, '--data', data])).code, 2, words.join(' '));
    }
  });
});

describe('a peer on the command line', () => {
  for (const [text, written] of [
    ['192.0.2.1', '192.0.2.1:25'],
    ['192.0.2.1:587', '192.0.2.1:587'],
    ['2001:db8::1', '[2001:db8::1]:25'],
    ['[2001:DB8::1]', '[2001:db8::1]:25'],
    ['[2001:db8::1]:465', '[2001:db8::1]:465'],
    ['Example.NET', 'example.net'],
    ['b\u00fccher.example', 'b\u00fccher.example'],
  ] as const) {
    it(`${text} is ${written}`, () => assert.equal(peerText(parsePeer(text)), written));
  }
});
