import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { findPolicy } from '../../core/delivery/mta-sts/find-policy.ts';
import { formatPolicy, mayTake, type Policy, parsePolicy, policyIdIn } from '../../core/delivery/mta-sts/policy.ts';
import { type Route, type RouteDeps, routeTo } from '../../core/delivery/route.ts';
import { dnsOf } from './outbound-edge.ts';
import { memoryPolicyCache, policiesOf, routeDeps, StandingClock } from './route-deps.ts';

const day = 86_400_000; // ms
const enforce = 'version: STSv1\r\nmode: enforce\r\nmx: mx.example.net\r\nmx: *.backup.example.net\r\nmax_age: 604800\r\n';
const announced = (id: string): readonly string[] => [`v=STSv1; id=${id};`];

describe('an MTA-STS policy', () => {
  it('is read as RFC 8461 writes it, and written so that it is read again', () => {
    const policy: Policy = { mode: 'enforce', mx: ['mx.example.net', '*.backup.example.net'], maxAge: 604_800 };
    assert.deepEqual(parsePolicy(enforce), policy);
    assert.deepEqual(parsePolicy(formatPolicy(policy)), policy);
    assert.deepEqual(parsePolicy('version: STSv1\nmode:none\nmax_age: 99999999999'.slice(0, -1)), {
      mode: 'none',
      mx: [],
      maxAge: 31_557_600,
    });
    assert.deepEqual(parsePolicy('version:STSv1\nmode: testing\nnew_field: x\nmx: MX.Example.Net.\nmax_age: 60\nmode: enforce'), {
      mode: 'testing',
      mx: ['mx.example.net'],
      maxAge: 60,
    });
  });

  it('is none when a field is missing or wrong', () => {
    for (const [wrong, instead] of [
      ['version: STSv1', 'version: STSv2'],
      ['version: STSv1', 'mode: enforce\r\nversion: STSv1'],
      ['mode: enforce', 'mode: strict'],
      ['max_age: 604800', ''],
      ['max_age: 604800', 'max_age: a week'],
      ['mx: mx.example.net\r\nmx: *.backup.example.net\r\n', ''],
      ['mx: mx.example.net', 'mx: mx.*.net'],
      ['mx: mx.example.net', 'mx: '],
      ['mx: mx.example.net', 'mx: mx.example.net\r\n'.repeat(101).trimEnd()],
    ] as const) {
      assert.equal(parsePolicy(enforce.replace(wrong, instead)), undefined, instead);
    }
    assert.equal(parsePolicy('<html>'), undefined);
  });

  it('names hosts, and by a wildcard those with one label more', () => {
    const policy = parsePolicy(enforce) as Policy;
    for (const host of ['mx.example.net', 'MX.example.net.', 'a.backup.example.net']) assert.ok(mayTake(policy, host), host);
    for (const host of ['example.net', 'backup.example.net', 'a.b.backup.example.net', 'mx.example.net.evil.example', 'xmx.example.net']) {
      assert.ok(!mayTake(policy, host), host);
    }
  });

  it('is announced by exactly one record with an id', () => {
    assert.equal(policyIdIn(['v=spf1 -all', 'v=STSv1; id=20261126T1;']), '20261126T1');
    assert.equal(policyIdIn(['v=STSv1;id=a1; later=x']), 'a1');
    for (const records of [
      [],
      ['v=STSv1; id=;'],
      ['v=STSv10; id=1'],
      ['v=STSv1;'],
      ['v=STSv1; id=1', 'v=STSv1; id=2'],
      ['v=STSv1; id=a-b'],
    ]) {
      assert.equal(policyIdIn(records), undefined, records.join());
    }
  });
});

interface Scene extends RouteDeps {
  readonly clock: StandingClock;
  readonly policyCache: ReturnType<typeof memoryPolicyCache>;
  readonly policyFetcher: ReturnType<typeof policiesOf>;
  readonly events: string[];
  readonly txt: Record<string, readonly string[] | 'temporary'>;
  readonly texts: Record<string, string | Error>;
}

/** example.net has two mail hosts; what it announces and publishes is the test's to change. */
function scene(hosts: readonly string[] = ['mx.example.net', 'other.example']): Scene {
  const txt: Scene['txt'] = { '_mta-sts.example.net': announced('1') };
  const texts: Scene['texts'] = { 'example.net': enforce };
  const mx = hosts.map((host, i) => ({ preference: 10 * (i + 1), host }));
  const dns = dnsOf({ 'example.net': mx }, Object.fromEntries(hosts.map((host, i) => [host, [`192.0.2.${i + 1}`]])), txt);
  const clock = new StandingClock();
  const events: string[] = [];
  const log = { event: (name: string) => void events.push(name), failure: () => {} };
  const [policyCache, policyFetcher] = [memoryPolicyCache(), policiesOf(texts)];
  return { ...routeDeps(dns, { clock, log }), clock, policyCache, policyFetcher, events, txt, texts };
}

const route = (deps: RouteDeps, requireTls = false): Promise<Route> => routeTo({ domain: 'example.net', sender: '', requireTls }, deps);
const hostsOf = (found: Route): string =>
  found.kind === 'hosts' ? found.hosts.map(({ host, tls }) => `${host} ${tls}`).join(', ') : found.kind;
const plain = 'mx.example.net opportunistic, other.example opportunistic';
const modeOf = async (deps: RouteDeps): Promise<string> => {
  const policy = await findPolicy('example.net', deps);
  return typeof policy === 'object' ? policy.mode : String(policy);
};

describe('mail to a domain with an MTA-STS policy', () => {
  it('goes only to hosts that the policy names, with TLS and a certificate that names them', async () => {
    assert.equal(hostsOf(await route(scene())), 'mx.example.net starttls-required');
    assert.equal(hostsOf(await route(scene(), true)), 'mx.example.net starttls-required');
  });

  it('waits when the policy names none of its hosts', async () => {
    const found = await route(scene(['evil.example', 'worse.example']));
    assert.deepEqual(found, {
      kind: 'later',
      reason: '4.7.0 the MTA-STS policy of example.net allows none of its mail hosts: evil.example worse.example',
    });
  });

  it('goes as it would without one while the policy is tested, and an event tells what would have been', async () => {
    const deps = scene();
    deps.texts['example.net'] = enforce.replace('enforce', 'testing');
    assert.equal(hostsOf(await route(deps)), plain);
    assert.deepEqual(deps.events, ['mta-sts-would-refuse']);
    assert.equal(hostsOf(await route(deps, true)), 'never');
  });

  it('goes as it would without one when the policy says none, or there is none to be had', async () => {
    const none = scene();
    none.texts['example.net'] = 'version: STSv1\nmode: none\nmax_age: 86400\n';
    assert.equal(hostsOf(await route(none)), plain);
    const gone = scene();
    gone.texts['example.net'] = new Error('the answer was 404');
    assert.equal(hostsOf(await route(gone)), plain);
    assert.deepEqual(gone.events, ['mta-sts-fetch-failed']);
    assert.equal(hostsOf(await route(gone, true)), 'later');
    const silent = scene();
    silent.txt['_mta-sts.example.net'] = 'temporary';
    assert.equal(hostsOf(await route(silent)), plain);
    assert.deepEqual(silent.policyFetcher.asked, []);
  });
});

describe('a policy that is kept', () => {
  it('is not fetched again while its id stays', async () => {
    const deps = scene();
    for (let i = 0; i < 3; i++) await route(deps);
    assert.deepEqual(deps.policyFetcher.asked, ['example.net']);
  });

  it('holds until its max_age is over, whatever DNS and the web say', async () => {
    const deps = scene();
    await route(deps);
    deps.texts['example.net'] = new Error('somebody is in the way');
    for (const answer of [[], 'temporary', announced('2')] as const) {
      deps.txt['_mta-sts.example.net'] = answer;
      assert.equal(hostsOf(await route(deps)), 'mx.example.net starttls-required', String(answer));
    }
    deps.clock.ms += 7 * day;
    assert.equal(hostsOf(await route(deps)), plain);
  });

  it('is followed by a new one as soon as that is announced', async () => {
    const deps = scene();
    assert.equal(await modeOf(deps), 'enforce');
    deps.texts['example.net'] = enforce.replace('enforce', 'testing');
    assert.equal(await modeOf(deps), 'enforce');
    deps.txt['_mta-sts.example.net'] = announced('2');
    assert.equal(await modeOf(deps), 'testing');
  });

  it('is fetched again before its end, and mail does not wait for that', async () => {
    const deps = scene();
    await modeOf(deps);
    deps.clock.ms += day + 1;
    assert.equal(await modeOf(deps), 'enforce');
    await new Promise(setImmediate);
    assert.deepEqual(deps.policyFetcher.asked, ['example.net', 'example.net']);
    assert.equal(deps.policyCache.kept.get('example.net')?.fetchedAt, deps.clock.ms);
    deps.clock.ms += 6 * day + 1;
    assert.equal(await modeOf(deps), 'enforce', 'it would have ended by now');
  });

  it('is asked for once by all who want it, and not for five minutes after that failed', async () => {
    const deps = scene();
    deps.texts['example.net'] = new Error('the answer was 500');
    await Promise.all([modeOf(deps), modeOf(deps), modeOf(deps)]);
    await modeOf(deps);
    assert.equal(deps.policyFetcher.asked.length, 1);
    deps.clock.ms += 300_000;
    await modeOf(deps);
    assert.equal(deps.policyFetcher.asked.length, 2);
  });
});
