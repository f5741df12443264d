import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connectNextHost } from '../../core/delivery/connect-next-host.ts';
import { hopOf, knownUnreachable } from '../../core/delivery/known-unreachable.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { at, connected, connectScene, fails, none, opensAndWaits, silent, slotsOf, stands } from './connect-scene.ts';

const [first, second] = ['192.0.2.1', '192.0.2.2'] as const;
const minute = 60_000;
const peer = (ip: string) => ({ kind: 'host', ip: at(ip).ip, port: 25 }) as const;

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
