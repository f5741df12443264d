import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { orderMailHosts } from '../../core/delivery/mx-order.ts';
import { type RouteDeps, routeTo } from '../../core/delivery/route.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { dnsOf } from './outbound-edge.ts';

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
  },
);

const deps = (settings: Record<string, string> = {}): RouteDeps => ({
  resolver: dns,
  settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
  secrets: { get: async (name) => (name === 'relay' ? 'letmein' : undefined) },
  random: () => 0.5,
});

/** Domain, and what the way to it is in short. */
const cases: readonly (readonly [domain: string, route: string])[] = [
  ['two.example', '192.0.2.1:25 2001:db8::1:25 192.0.2.2:25'],
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

async function routeInShort(domain: string, settings?: Record<string, string>): Promise<string> {
  const route = await routeTo({ domain, sender: '' }, deps(settings));
  if (route.kind === 'hosts') return route.hosts.map(({ ip, port }) => `${ip}:${port}`).join(' ');
  return `${route.kind} ${route.reason.split(' ', 1)[0]}`;
}

describe('the way of a message to another domain', () => {
  for (const [domain, wanted] of cases) {
    it(`${domain}: ${wanted}`, async () => assert.equal(await routeInShort(domain), wanted));
  }

  it('is the smarthost for all domains, once one is set', async () => {
    const smarthost = (where: string) =>
      routeTo({ domain: 'null.example', sender: '' }, deps({ 'outbound/route': 'smarthost', 'outbound/smarthost': where }));
    const tlsOf = async (where: string) => {
      const route = await smarthost(where);
      return route.kind === 'hosts'
        ? route.hosts.map(({ tls, credentials }) => `${tls} ${credentials?.password ?? '-'}`).join()
        : route.reason;
    };
    assert.equal(await tlsOf('192.0.2.50:2525'), 'opportunistic -');
    assert.equal(await tlsOf('192.0.2.50:465'), 'implicit -');
    assert.equal(await tlsOf('192.0.2.50:587 me secret:relay'), 'starttls-required letmein');
    assert.match(await tlsOf('192.0.2.50:587 me secret:other'), /^4\.3\.5 the secret other is missing/);
    assert.match(await tlsOf('none'), /^4\.3\.5 /);
  });
});

describe('hosts of equal preference', () => {
  it('are tried in random order', () => {
    const records = ['a', 'b', 'c'].map((host) => ({ preference: 10, host }));
    const lots = [0.9, 0.1, 0.5];
    const order = orderMailHosts(records, 'us', () => lots.shift() ?? 0);
    assert.deepEqual(order, { kind: 'hosts', hosts: ['b', 'c', 'a'] });
  });
});
