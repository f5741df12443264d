import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderMailHosts } from '../../core/delivery/mx-order.ts';
import { type Route, type RoutedMail, routeTo } from '../../core/delivery/route.ts';
import { wayKey } from '../../core/delivery/way.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { ReversePath } from '../../core/values/address.ts';
import { dnsOf } from './outbound-edge.ts';
import { routeDeps } from './route-deps.ts';

const dns = dnsOf(
  {
    'two.example': [
      { preference: 20, host: 'b.two.example' },
      { preference: 10, host: 'a.two.example' },
    ],
    'null.example': [{ preference: 0, host: '.' }],
    'backup.example': [
      { preference: 10, host: 'best.example' },
      { preference: 20, host: 'Mail.Example.Org.' },
      { preference: 30, host: 'worse.example' },
    ],
    'ours.example': [{ preference: 5, host: 'mail.example.org' }],
    'half.example': [
      { preference: 10, host: 'silent.example' },
      { preference: 20, host: 'best.example' },
    ],
    'silent-host.example': [{ preference: 10, host: 'silent.example' }],
    'empty.example': [{ preference: 10, host: 'nowhere.example' }],
    'literal.example': [{ preference: 10, host: '192.0.2.77' }],
    'inside.example': [{ preference: 10, host: 'loop.example' }],
    'silent.example': 'temporary',
    'both.example': [{ preference: 10, host: 'both.example' }],
    'wide.example': [
      { preference: 10, host: 'many.example' },
      { preference: 20, host: 'best.example' },
    ],
  },
  {
    'a.two.example': ['192.0.2.1', '2001:db8::1'],
    'b.two.example': ['192.0.2.2'],
    'plain.example': ['192.0.2.3'],
    'best.example': ['192.0.2.4'],
    'worse.example': ['192.0.2.5'],
    'silent.example': 'temporary',
    'loop.example': ['127.0.0.1', '::1'],
    'null.example': ['192.0.2.9'],
    'both.example': ['192.0.2.10', '192.0.2.11', '2001:db8::10'],
    'many.example': Array.from({ length: 30 }, (_, i) => `192.0.2.${100 + i}`),
    'relay.example': ['127.0.0.1'],
  },
);

const route = (domain: string, settings: Record<string, string> = {}, mail: Partial<RoutedMail> = {}): Promise<Route> =>
  routeTo({ domain, sender: '', ...mail }, routeDeps(dns, { settings }));

/** Domain, and what the way to it is in short. */
const cases: readonly (readonly [domain: string, route: string])[] = [
  ['two.example', '2001:db8::1:25 192.0.2.1:25 192.0.2.2:25'],
  ['both.example', '2001:db8::10:25 192.0.2.10:25 192.0.2.11:25'],
  ['plain.example', '192.0.2.3:25'],
  ['null.example', 'never 5.1.10'],
  ['nothing.example', 'never 5.1.2'],
  ['backup.example', '192.0.2.4:25'],
  ['ours.example', 'never 5.4.6'],
  ['half.example', '192.0.2.4:25'],
  ['silent.example', 'later 4.4.3'],
  ['silent-host.example', 'later 4.4.3'],
  ['empty.example', 'later 4.4.4'],
  ['literal.example', '192.0.2.77:25'],
  ['inside.example', 'never 5.4.6'],
  ['[192.0.2.8]', '192.0.2.8:25'],
  ['[ipv6:2001:db8::8]', '2001:db8::8:25'],
  ['[127.0.0.1]', 'never 5.4.6'],
  ['[999.1.1.1]', 'never 5.1.3'],
];

function inShort(found: Route): string {
  if (found.kind === 'hosts') return found.hosts.map(({ ip, port }) => `${ip}:${port}`).join(' ');
  if (found.kind === 'service') return `service ${found.service.host}`;
  return `${found.kind} ${found.reason.split(' ', 1)[0]}`;
}

describe('the way of a message to another domain', () => {
  for (const [domain, wanted] of cases) {
    it(`${domain}: ${wanted}`, async () => assert.equal(inShort(await route(domain)), wanted));
  }

  it('tells equals from better and worse', async () => {
    const found = await route('two.example');
    assert.deepEqual(found.kind === 'hosts' && found.hosts.map(({ preference }) => preference), [10, 10, 20]);
  });

  it('does not let one host with many addresses hide the next', async () => {
    const found = await route('wide.example');
    assert.ok(found.kind === 'hosts' && found.hosts.length === 9 && found.hosts.at(-1)?.host === 'best.example');
  });

  it('is the smarthost for all domains, once one is set', async () => {
    const tlsOf = async (where: string) => {
      const found = await route('null.example', { 'outbound/route': 'smarthost', 'outbound/smarthost': where });
      if (found.kind === 'hosts') return found.hosts.map(({ tls, credentials }) => `${tls} ${credentials?.password ?? '-'}`).join();
      return found.kind === 'service' ? 'service' : found.reason;
    };
    assert.equal(await tlsOf('192.0.2.50:2525'), 'opportunistic -');
    assert.equal(await tlsOf('192.0.2.50:465'), 'implicit -');
    assert.equal(await tlsOf('192.0.2.50:587 me secret:relay'), 'starttls-required letmein');
    assert.match(await tlsOf('192.0.2.50:587 me secret:other'), /^4\.3\.5 the secret other is missing/);
    assert.match(await tlsOf('none'), /^4\.3\.5 /);
  });

  it('is SES when the setting says so, and waits for it when this process has no client of it', async () => {
    const settings = { 'outbound/route': 'ses' };
    const ses = { host: 'email.test', connect: () => Promise.reject(new Error('not asked')) };
    assert.equal(inShort(await routeTo({ domain: 'plain.example', sender: '' }, routeDeps(dns, { settings, ses }))), 'service email.test');
    assert.equal(inShort(await route('plain.example', settings)), 'later 4.3.5');
  });
});

describe('rules for single domains', () => {
  const rules = {
    'route/to/example.net': 'direct',
    'route/to/.example.net': 'smarthost',
    'route/to/.eu.example.net': 'ses',
    'route/from/tenant.example': '192.0.2.60:587 me secret:relay',
    'route/from/.tenant.example': 'direct',
    'route/to/*': 'relay.example:2525',
  };
  const settings = fixedSettings({ ...rules, 'outbound/route': 'ses' });
  const way = (domain: string, sender = 'a@else.example', via?: string) =>
    wayKey({ domain, sender: sender as ReversePath, ...(via === undefined ? {} : { via }) }, settings);

  it('count for the domain itself or all below it, the nearest first', () => {
    assert.equal(way('example.net'), 'direct example.net');
    assert.equal(way('EXAMPLE.net'), 'direct EXAMPLE.net');
    assert.equal(way('a.example.net'), 'smarthost none');
    assert.equal(way('a.b.example.net'), 'smarthost none');
    assert.equal(way('a.eu.example.net'), 'ses');
    assert.equal(way('notexample.net'), 'relay.example:2525');
  });

  it('about the recipient come before those about the sender, and any named domain before everybody', () => {
    assert.equal(way('example.net', 'x@tenant.example'), 'direct example.net');
    assert.equal(way('far.example', 'x@tenant.example'), '192.0.2.60:587 me secret:relay');
    assert.equal(way('far.example', 'x@sub.tenant.example'), 'direct far.example');
    assert.equal(way('far.example', ''), 'relay.example:2525');
    assert.equal(wayKey({ domain: 'far.example', sender: '' }, fixedSettings({ 'outbound/route': 'ses' })), 'ses');
  });

  it('count for a domain however it is written', () => {
    const written = fixedSettings({ 'route/to/b\u00fccher.example': 'ses', 'route/from/.xn--mller-kva.example': 'smarthost' });
    assert.equal(wayKey({ domain: 'xn--bcher-kva.example', sender: '' }, written), 'ses');
    assert.equal(wayKey({ domain: 'b\u00fccher.example', sender: '' }, written), 'ses');
    assert.equal(wayKey({ domain: 'a.example', sender: 'x@post.m\u00fcller.example' as ReversePath }, written), 'smarthost none');
  });

  it("give way to a row's own way", async () => {
    assert.equal(way('example.net', 'x@tenant.example', 'ses'), 'ses');
    assert.equal(way('example.net', '', '192.0.2.9:26'), '192.0.2.9:26');
    assert.equal(inShort(await route('plain.example', rules, { via: 'direct' })), '192.0.2.3:25');
    assert.equal(inShort(await route('plain.example', rules, { via: 'no way' })), 'later 4.3.5');
  });

  it('may lead to a host on this machine, which an operator named', async () => {
    assert.equal(inShort(await route('plain.example', rules)), '127.0.0.1:2525');
  });
});

describe('a message that asks for TLS all the way (REQUIRETLS)', () => {
  it('never leaves without a certificate that names a host which is certain', async () => {
    const requireTls = { requireTls: true };
    assert.equal(inShort(await route('plain.example', {}, requireTls)), 'never 5.7.30');
    assert.equal(inShort(await route('[192.0.2.8]', {}, requireTls)), 'never 5.7.30');
    const smarthost = await route('plain.example', {}, { ...requireTls, via: 'relay.example:25' });
    assert.ok(smarthost.kind === 'hosts' && smarthost.hosts.every(({ tls }) => tls === 'starttls-required'));
    const ses = { host: 'email.test', connect: () => Promise.reject(new Error('not asked')) };
    assert.equal(
      inShort(await routeTo({ domain: 'plain.example', sender: '', via: 'ses', ...requireTls }, routeDeps(dns, { ses }))),
      'never 5.7.30',
    );
  });
});

describe('hosts of equal preference', () => {
  it('are tried in random order', () => {
    const records = ['a', 'b', 'c'].map((host) => ({ preference: 10, host }));
    const lots = [0.9, 0.1, 0.5];
    const order = orderMailHosts(records, 'us', () => lots.shift() ?? 0);
    assert.deepEqual(order.kind === 'hosts' && order.hosts.map(({ host }) => host), ['b', 'c', 'a']);
  });
});
