import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Connected, NoHost } from '../../core/delivery/connect-next-host.ts';
import { connectNextHost } from '../../core/delivery/connect-next-host.ts';
import { hopOf, knownUnreachable } from '../../core/delivery/known-unreachable.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { at, connectScene, fails, opensAndWaits, silent, stands } from './connect-scene.ts';

const [first, second] = ['192.0.2.1', '192.0.2.2'] as const;
const minute = 60_000;
const peer = (ip: string) => ({ kind: 'host', ip: at(ip).ip, port: 25 }) as const;

function connected(answer: Connected | NoHost): Connected {
  assert.ok(answer.connected, answer.connected ? '' : answer.reason);
  return answer;
}

function none(answer: Connected | NoHost): NoHost {
  assert.ok(!answer.connected);
  return answer;
}

describe('a host that failed', () => {
  it('is left alone by every worker until its time is over, and the next one is taken', async (t) => {
    const scene = await connectScene(t);
    const [one, other] = [await scene.worker(), await scene.worker()];
    scene.transport.script.set(second, stands());
    const hosts = [at(first), at(second)];
    assert.equal(connected(await one.connect(hosts)).to.ip, second);
    assert.equal(connected(await other.connect(hosts)).to.ip, second);
    assert.deepEqual(scene.transport.askedIps, [first, second, second]);
    assert.deepEqual([one.counted.counts, other.counted.counts], [{ failed: 1 }, { leftAlone: 1 }]);
    const [failure] = await scene.failures.read([peer(first)]);
    assert.deepEqual([failure?.reason, failure?.count, failure?.name], ['connect: ECONNREFUSED', 1, `mx-${first}`]);
  });

  it('is tried by one for all when its time is over, and works for all when that stands', async (t) => {
    const scene = await connectScene(t);
    const [one, other] = [await scene.worker(), await scene.worker()];
    none(await one.connect([at(first)]));
    await scene.clock.advance(5 * minute);
    const trial = opensAndWaits(stands());
    scene.transport.script.set(first, trial);
    const trying = connectNextHost([at(first)], one.deps, new AbortController().signal);
    await scene.clock.advance(100);
    const meanwhile = none(await other.connect([at(first)]));
    assert.match(meanwhile.reason, /just being tried/);
    assert.deepEqual(meanwhile.failures, []);
    assert.ok((meanwhile.retryAt ?? 0) > scene.clock.now());
    assert.equal(scene.transport.asked.length, 2, 'one connection for all');
    trial.letGo();
    connected(await scene.clock.advanceUntil(trying));
    assert.deepEqual(await scene.failures.read([peer(first)]), []);
    connected(await other.connect([at(first)]));
    assert.deepEqual([one.counted.counts.trial, other.counted.counts.trial], [1, undefined]);
  });

  it('gets one connection when its time is over, however many workers ask at once', async (t) => {
    const scene = await connectScene(t);
    const workers = await Promise.all(Array.from({ length: 4 }, () => scene.worker()));
    const [one] = workers;
    none((await one?.connect([at(first)])) ?? assert.fail());
    await scene.clock.advance(5 * minute);
    const trial = opensAndWaits(stands());
    scene.transport.script.set(first, trial);
    const asking = workers.flatMap(({ deps }) => [0, 1, 2].map(() => connectNextHost([at(first)], deps, new AbortController().signal)));
    await scene.clock.advance(1000);
    assert.equal(scene.transport.asked.length, 2);
    trial.letGo();
    const answers = await scene.clock.advanceUntil(Promise.all(asking));
    assert.equal(answers.filter((answer) => answer.connected).length, 1);
  });

  it('is left alone for as long again when the trial fails', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    none(await worker.connect([at(first)]));
    await scene.clock.advance(5 * minute);
    none(await worker.connect([at(first)]));
    await scene.clock.advance(4 * minute);
    const again = none(await worker.connect([at(first)]));
    assert.equal(scene.transport.asked.length, 2);
    assert.match(
      again.reason,
      /^4\.4\.1 mx-192\.0\.2\.1\[192\.0\.2\.1\]: failed 2 times, not tried before \d{4}-.*Z: connect: ECONNREFUSED$/,
    );
  });

  it('has its trial taken over by another worker when the one who had it broke off', async (t) => {
    const scene = await connectScene(t);
    const [one, other] = [await scene.worker(), await scene.worker()];
    none(await one.connect([at(first)]));
    await scene.clock.advance(5 * minute);
    scene.transport.script.set(first, silent);
    const stop = new AbortController();
    const trying = assert.rejects(connectNextHost([at(first)], one.deps, stop.signal));
    await scene.clock.advance(100);
    stop.abort();
    await trying;
    const [failure] = await scene.failures.read([peer(first)]);
    assert.equal(failure?.count, 1, 'our own abort is no failure of the host');
    scene.transport.script.set(first, stands());
    connected(await other.connect([at(first)]));
  });

  it('is let go of, slot and all, when we are told to stop in the moment in which its trial stands', async (t) => {
    const scene = await connectScene(t);
    const one = await scene.worker({ 'outbound/sessions-per-destination-address': 2 });
    none(await one.connect([at(first)]));
    await scene.clock.advance(5 * minute);
    scene.transport.script.set(first, stands());
    const stop = new AbortController();
    const { failures } = one.deps;
    const stopping = new Proxy(failures, {
      get: (_, name: keyof typeof failures) => {
        if (name === 'works') stop.abort();
        return failures[name].bind(failures);
      },
    });
    const deps = { ...one.deps, failures: stopping };
    await assert.rejects(scene.clock.advanceUntil(connectNextHost([at(first)], deps, stop.signal)));
    await scene.clock.advance(0);
    assert.deepEqual([scene.transport.open, slotsOf(scene, first), one.deps.connections.count(at(first).ip)], [0, 0, 0]);
  });

  it('is not connected to twice in one list that names it twice', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    none(await worker.connect([at(first), at(first, { host: 'other-name' })]));
    assert.equal(scene.transport.asked.length, 1);
  });

  it('is known again by nobody when outbound/failure-cache is 0, held ones excepted', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker({ 'outbound/failure-cache': '0' });
    for (let i = 0; i < 2; i += 1) assert.equal(none(await worker.connect([at(first)])).retryAt, undefined);
    assert.equal(scene.transport.asked.length, 2);
    assert.deepEqual(await scene.failures.list(9), { failures: [], caps: [] });
    await scene.failures.hold(peer(first), 'mx', 'they asked', scene.clock.now());
    assert.match(none(await worker.connect([at(first)])).reason, /held by an operator: they asked/);
    assert.equal(scene.transport.asked.length, 2);
  });

  it('tells when the soonest of the hosts may be tried again', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    none(await worker.connect([at(first)]));
    const [failure] = await scene.failures.read([peer(first)]);
    await scene.clock.advance(minute);
    assert.equal(none(await worker.connect([at(second), at(first)])).retryAt, failure?.until);
  });

  it('is let go of when its hold ends', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, stands());
    const { clock } = scene;
    await scene.failures.hold(peer(first), 'mx', 'they asked', clock.now(), clock.now() + 2 * minute);
    assert.equal(none(await worker.connect([at(first)])).failures.length, 0);
    await clock.advance(2 * minute);
    connected(await worker.connect([at(first)]));
    assert.equal(worker.counted.counts.trial, undefined);
  });
});

describe('what counts as a failure of a host', () => {
  for (const [what, behaviour, counts] of [
    ['a refused connection', fails('connect'), true],
    ['a greeting of 554', fails('greeting', '554 5.7.1 go away'), true],
    ['a greeting of 421', fails('greeting', '421 4.3.0 not now'), true],
    ['no greeting in time', fails('greeting'), true],
    ['421 instead of capabilities', fails('ehlo', '421 4.3.2 shutting down'), true],
    ['a refusal of our name', fails('ehlo', '550 5.7.1 who are you'), false],
    ['a refusal of our password', fails('auth', '535 5.7.8 wrong'), false],
    ['silence after the password', fails('auth'), true],
  ] as const) {
    it(`${what}: ${counts ? 'yes' : 'no'}`, async (t) => {
      const scene = await connectScene(t);
      const worker = await scene.worker();
      scene.transport.script.set(first, behaviour);
      const answer = none(await worker.connect([at(first)]));
      assert.equal((await scene.failures.read([peer(first)])).length, counts ? 1 : 0);
      assert.equal(answer.retryAt !== undefined, counts);
      assert.equal(answer.failures.length, 1);
    });
  }

  it('a TLS handshake: when it is required; not when plain will do and works', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, (to, signal, opened) => (to.tls === 'none' ? stands() : fails('tls'))(to, signal, opened));
    assert.equal(connected(await worker.connect([at(first)])).to.ip, first);
    assert.deepEqual(await scene.failures.list(9), { failures: [], caps: [] });
    none(await worker.connect([at(first, { tls: 'starttls-required' })]));
    assert.equal((await scene.failures.read([peer(first)]))[0]?.reason, 'tls: ECONNREFUSED');
  });

  it('a TLS handshake that was required: not for mail that goes there without', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, (to, signal, opened) =>
      (to.tls === 'starttls-required' ? fails('tls') : stands())(to, signal, opened),
    );
    none(await worker.connect([at(first, { tls: 'starttls-required' })]));
    connected(await worker.connect([at(first)]));
    none(await worker.connect([at(first, { tls: 'starttls-required' })]));
    assert.equal(scene.transport.asked.length, 2);
  });

  it('an address that this machine has no way to: no, and the others decide when to try again', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    const v6 = at('2001:db8::1');
    scene.transport.script.set(v6.ip, fails('connect', 'connect ENETUNREACH 2001:db8::1:25'));
    const answer = none(await worker.connect([v6, at(first)]));
    const { failures } = await scene.failures.list(9);
    assert.deepEqual(
      failures.map((one) => [one.peer, one.until]),
      [[peer(first), answer.retryAt]],
    );
    assert.equal(none(await worker.connect([v6])).retryAt, undefined);
  });

  it('a host that answers at its trial, and refuses our password, works', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    none(await worker.connect([at(first)]));
    await scene.clock.advance(5 * minute);
    scene.transport.script.set(first, fails('auth', '535 5.7.8 wrong'));
    none(await worker.connect([at(first)]));
    assert.deepEqual(await scene.failures.read([peer(first)]), []);
  });

  it('healthy hosts are asked about once and nothing is written', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    for (const ip of [first, second]) scene.transport.script.set(ip, stands());
    const calls: string[] = [];
    const failures = new Proxy(scene.failures, {
      get: (target, name: 'read') => {
        calls.push(name);
        return target[name].bind(target);
      },
    });
    const writes = scene.slotStore.writes;
    const asked = connectNextHost([at(first), at(second)], { ...worker.deps, failures }, new AbortController().signal);
    connected(await scene.clock.advanceUntil(asked));
    assert.deepEqual(calls.toSorted(), ['caps', 'read']);
    assert.equal(scene.slotStore.writes, writes);
  });
});

describe('a next hop none of whose hosts can be reached', () => {
  const mail = { domain: 'example.net', sender: '' } as const;

  it('is known to all before its DNS is asked, until the first of its hosts may be tried again', async (t) => {
    const scene = await connectScene(t);
    const [one, other] = [await scene.worker(), await scene.worker()];
    const deps = { ...one.deps, hop: hopOf(mail, one.deps) };
    const hosts = [at(first), at(second)];
    const answer = none(await scene.clock.advanceUntil(connectNextHost(hosts, deps, new AbortController().signal)));
    const known = await knownUnreachable(mail, other.deps);
    assert.deepEqual(known?.retryAt, answer.retryAt);
    assert.match(
      known?.reason ?? '',
      /^4\.4\.1 failed, not tried before .*: mx-192\.0\.2\.1\[192\.0\.2\.1\]: ECONNREFUSED; mx-192\.0\.2\.2/,
    );
    assert.equal(await knownUnreachable({ ...mail, via: 'smarthost' }, other.deps), undefined, 'another way leads elsewhere');
    const relayed = { ...other.deps, settings: fixedSettings({ 'outbound/route': 'smarthost' }) };
    assert.equal(await knownUnreachable(mail, relayed), undefined);
    await scene.clock.advance(5 * minute);
    assert.equal(await knownUnreachable(mail, other.deps), undefined);
    scene.transport.script.set(second, stands());
    connected(await scene.clock.advanceUntil(connectNextHost(hosts, deps, new AbortController().signal)));
    assert.deepEqual(
      (await scene.failures.list(9)).failures.map(({ peer: { kind } }) => kind),
      ['host'],
    );
  });

  it('is held by an operator whatever its way, and looked at again every few minutes', async (t) => {
    const scene = await connectScene(t);
    const { deps } = await scene.worker();
    await scene.failures.hold({ kind: 'hop', domain: 'example.net' }, 'example.net', 'they asked', scene.clock.now());
    const known = await knownUnreachable({ ...mail, via: 'smarthost' }, deps);
    assert.match(known?.reason ?? '', /^4\.4\.1 example\.net: held by an operator: they asked/);
    assert.equal(known?.retryAt, scene.clock.now() + 5 * minute);
  });

  it('is not remembered for a host that is only full or refuses our password', async (t) => {
    const scene = await connectScene(t);
    const worker = await scene.worker();
    scene.transport.script.set(first, fails('auth', '535 5.7.8 wrong'));
    const deps = { ...worker.deps, hop: 'example.net' };
    none(await scene.clock.advanceUntil(connectNextHost([at(first), at(second)], deps, new AbortController().signal)));
    assert.equal(await knownUnreachable(mail, deps), undefined);
  });
});

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

type Scene = Awaited<ReturnType<typeof connectScene>>;
const slotsOf = ({ slotStore }: Scene, ip: string): number =>
  [...slotStore.items].find(([key]) => key === `outbound/sessions-per-destination-address/${ip}`)?.[1].n ?? 0;

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
