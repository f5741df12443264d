import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Connected, NoHost } from '../../core/delivery/connect-next-host.ts';
import { connectNextHost } from '../../core/delivery/connect-next-host.ts';
import { at, connected, connectScene, fails, none, opensAndWaits, silent, slotsOf, stands } from './connect-scene.ts';

const [first, second] = ['192.0.2.1', '192.0.2.2'] as const;
const minute = 60_000;

describe('addresses of one host', () => {
  const host = 'mx.example.net';
  const [v6, v4] = [at('2001:db8::1', { host }), at(first, { host })];

  it('are tried side by side when the first does not answer at once; the first that stands goes on alone', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker({ 'outbound/sessions-per-destination-address': 4 });
    scene.transport.script.set(v6.ip, silent);
    scene.transport.script.set(v4.ip, stands());
    const before = scene.clock.now();
    const answer = connected(await worker.connect([v6, v4]));
    assert.deepEqual([answer.to.ip, scene.transport.brokenOff], [v4.ip, [v6.ip]]);
    assert.ok(scene.clock.now() - before < 1000, 'a moment, not a timeout');
    assert.deepEqual(await scene.failures.list(9), { failures: [], caps: [] });
    await scene.clock.advance(0);
    assert.deepEqual([slotsOf(scene, v6.ip), slotsOf(scene, v4.ip)], [0, 1]);
  });

  it('are not raced when the first stands at once, however long its greeting takes', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    const slow = opensAndWaits(stands());
    scene.transport.script.set(v6.ip, slow);
    scene.transport.script.set(v4.ip, stands());
    const asked = connectNextHost([v6, v4], worker.deps, new AbortController().signal);
    await scene.clock.advance(20_000);
    assert.deepEqual(scene.transport.askedIps, [v6.ip]);
    slow.letGo();
    assert.equal(connected(await scene.clock.advanceUntil(asked)).to.ip, v6.ip);
  });

  it('follow at once when one is refused, and have their turn again when the one that stood refuses us after all', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    const late = opensAndWaits(stands());
    scene.transport.script.set(v6.ip, silent);
    scene.transport.script.set(v4.ip, (to, signal, opened) => {
      scene.transport.script.set(v6.ip, late);
      return fails('greeting', '554 5.7.1 no')(to, signal, opened);
    });
    late.letGo();
    const answer = connected(await worker.connect([v6, v4]));
    assert.deepEqual([answer.to.ip, scene.transport.askedIps], [v6.ip, [v6.ip, v4.ip, v6.ip]]);
  });

  it('of different hosts are tried one after the other', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, silent);
    scene.transport.script.set(second, stands());
    const stop = new AbortController();
    const asked = assert.rejects(connectNextHost([at(first), at(second)], worker.deps, stop.signal));
    await scene.clock.advance(20_000);
    assert.deepEqual(scene.transport.askedIps, [first]);
    stop.abort();
    await asked;
  });

  it('are all closed when something breaks', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker({ 'outbound/sessions-per-destination-address': 4 });
    scene.transport.script.set(v6.ip, silent);
    scene.transport.script.set(v4.ip, async () => {
      throw new TypeError('a fault of ours');
    });
    await assert.rejects(worker.connect([v6, v4]), TypeError);
    assert.deepEqual(scene.transport.brokenOff, [v6.ip]);
    await scene.clock.advance(0);
    assert.equal(slotsOf(scene, v6.ip), 0);
  });
});

describe('connections to one address', () => {
  const limit = { 'outbound/sessions-per-destination-address': 2 };

  it('are never more than the limit over all workers; the next address, then the next host is taken', async (t) => {
    const scene = await connectScene(t);
    const workers = await Promise.all(Array.from({ length: 5 }, () => scene.worker(limit)));
    for (const ip of [first, second]) scene.transport.script.set(ip, stands());
    const hosts = [at(first), at(second)];
    const answers: (Connected | NoHost)[] = [];
    for (const worker of workers) answers.push(await worker.connect(hosts));
    assert.deepEqual(
      answers.map((one) => (one.connected ? one.to.ip : 'none')),
      [first, first, second, second, 'none'],
    );
    const last = none(answers[4] as NoHost);
    assert.match(last.reason, /^4\.4\.5 mx-192\.0\.2\.1\[192\.0\.2\.1\]: has 2 of 2 connections; mx-192\.0\.2\.2.*has 2 of 2/);
    assert.deepEqual(last.failures, []);
    assert.ok((last.retryAt ?? 0) > scene.clock.now() && (last.retryAt ?? 0) <= scene.clock.now() + minute);
    await connected(answers[0] as Connected).close();
    await scene.clock.advance(2000);
    assert.equal(
      connected(await (workers[4] as (typeof workers)[0]).connect(hosts)).to.ip,
      first,
      'a slot given back is free for others at once',
    );
  });

  it('to trusted and reserved networks are not counted, unless that is switched on', async (t) => {
    const scene = await connectScene(t);
    const relay = '10.1.2.3';
    scene.transport.script.set(relay, stands());
    scene.transport.script.set(first, stands());
    const trusting = await scene.worker({ ...limit, 'network/trusted': '192.0.2.0/24' });
    for (let i = 0; i < 3; i += 1) for (const ip of [relay, first]) connected(await trusting.connect([at(ip)]));
    assert.deepEqual([slotsOf(scene, relay), slotsOf(scene, first)], [0, 0]);
    const strict = await scene.worker({
      ...limit,
      'network/trusted': '192.0.2.0/24',
      'outbound/limit-trusted': 'on',
      'outbound/limit-reserved': 'on',
    });
    for (const ip of [relay, first]) {
      for (let i = 0; i < 2; i += 1) connected(await strict.connect([at(ip)]));
      none(await strict.connect([at(ip)]));
    }
  });

  it('are counted and let through in the mode observe', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker({ ...limit, 'outbound/sessions-per-destination-address/mode': 'observe' });
    scene.transport.script.set(first, stands());
    for (let i = 0; i < 3; i += 1) connected(await worker.connect([at(first)]));
    assert.equal(worker.events.filter((name) => name === 'destination-would-be-full').length, 1);
  });

  it('learn what the host bears from its 421: that many stay, the host is not closed for them', async (t) => {
    const scene = await connectScene(t);
    const [one, other] = [await scene.worker(), await scene.worker()];
    scene.transport.script.set(first, stands());
    const open = [connected(await one.connect([at(first)])), connected(await one.connect([at(first)]))];
    scene.transport.script.set(first, fails('greeting', '421 4.7.0 mx.example.net Error: too many connections from 198.51.100.1'));
    const refused = none(await one.connect([at(first)]));
    assert.ok((refused.retryAt ?? 0) <= scene.clock.now() + minute);
    assert.deepEqual([refused.isFull, refused.failures.length], [true, 1]);
    const { failures, caps } = await scene.failures.list(9);
    assert.deepEqual([failures, caps.map(({ connections, port }) => [connections, port])], [[], [[2, 25]]]);

    scene.transport.script.set(first, stands());
    assert.match(none(await one.connect([at(first)])).reason, /has 2 of 2 connections/);
    assert.equal(scene.transport.asked.length, 3, 'nothing is tried beyond the cap');
    for (const each of open) await each.close();
    for (let i = 0; i < 2; i += 1) connected(await other.connect([at(first)]));
    none(await one.connect([at(first)]));
    await scene.clock.advance(61 * minute);
    connected(await one.connect([at(first)]));
  });

  it('learn it from a 421 in the middle of a session too', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, stands('421 4.3.2 The maximum number of concurrent connections has exceeded a limit'));
    const [standing, refused] = [connected(await worker.connect([at(first)])), connected(await worker.connect([at(first)]))];
    const message = { reversePath: '', declared: { eightBit: false, utf8: false }, size: 1, read: async function* () {} } as const;
    await refused.connection.send({ ...message, recipients: [{ address: 'x@example.net' as never }] });
    assert.deepEqual(
      (await scene.failures.list(9)).caps.map(({ connections }) => connections),
      [1],
    );
    assert.equal(standing.connection.usable, true);
  });

  it('a 421 "too many connections" when none of ours stands is a failure like any other', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, fails('greeting', '421 Too many concurrent SMTP connections; please try again later.'));
    none(await worker.connect([at(first)]));
    const { failures, caps } = await scene.failures.list(9);
    assert.deepEqual([failures.length, caps], [1, []]);
  });

  it('of other processes count too where slots tell of them', async (t) => {
    const scene = await connectScene(t);
    const many = { 'outbound/sessions-per-destination-address': 9 };
    const [one, other] = [await scene.worker(many), await scene.worker(many)];
    scene.transport.script.set(first, stands());
    for (const worker of [one, one, other]) connected(await worker.connect([at(first)]));
    scene.transport.script.set(first, fails('greeting', '421 4.3.2 mail.example.org Server too busy, try again later'));
    none(await other.connect([at(first)]));
    assert.deepEqual(
      (await scene.failures.list(9)).caps.map(({ connections }) => connections),
      [3],
    );
  });

  it('take no more messages when their slot does not fit any more: one for each that is named', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker(limit);
    scene.transport.script.set(first, stands());
    const open = [connected(await worker.connect([at(first)])), connected(await worker.connect([at(first)]))];
    worker.deps.connections.endOne('outbound/sessions-per-destination-address/192.0.2.1' as never);
    assert.deepEqual(
      open.map(({ connection }) => connection.usable),
      [true, false],
    );
  });
});
