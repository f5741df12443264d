import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resolveValues, valueIn } from '../../core/settings/resolve-values.ts';
import { sendingHosts } from '../../core/setup/sending-hosts.ts';

function hostsFor(domain: string, stored: Readonly<Record<string, string>>) {
  const place = { world: 'embedded', loopbackOnly: true, hostname: 'mail.example.net', memory: 0 } as const;
  const { values, routeRules, rejected } = resolveValues({ stored: new Map(Object.entries(stored)), place });
  assert.deepEqual(rejected, []);
  return sendingHosts(domain, { get: (setting) => valueIn(values, setting), routeRules: () => routeRules });
}

describe('who sends for a domain', () => {
  it('is the one way of the setting where there is no rule', () => {
    assert.deepEqual(hostsFor('example.org', {}), { direct: true, ses: false, smarthosts: [] });
    assert.deepEqual(hostsFor('example.org', { 'outbound/route': 'ses' }), { direct: false, ses: true, smarthosts: [] });
  });

  it('is the smarthost, and SES where that is one of its hosts', () => {
    const smarthost = (host: string) => hostsFor('example.org', { 'outbound/route': 'smarthost', 'outbound/smarthost': host });
    assert.deepEqual(smarthost('smtp.relay.example:587'), { direct: false, ses: false, smarthosts: ['smtp.relay.example'] });
    assert.deepEqual(smarthost('email-smtp.eu-west-1.amazonaws.com:587'), { direct: false, ses: true, smarthosts: [] });
  });

  it('is the way of a rule about the domain, and of every rule about recipients', () => {
    const rules = { 'route/from/example.org': 'ses', 'route/from/other.example': 'a.relay.example:25', 'route/to/far.example': 'direct' };
    assert.deepEqual(hostsFor('example.org', rules), { direct: true, ses: true, smarthosts: [] });
    assert.deepEqual(hostsFor('other.example', rules), { direct: true, ses: false, smarthosts: ['a.relay.example'] });
  });

  it('is not the setting where a rule about everybody goes before it', () => {
    assert.deepEqual(hostsFor('example.org', { 'route/to/*': 'b.relay.example:25' }), {
      direct: false,
      ses: false,
      smarthosts: ['b.relay.example'],
    });
  });
});
