import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitNamed } from '../../core/settings/catalogue.ts';
import {
  accountOverride,
  addressOverride,
  changedOverrides,
  formatOverride,
  type Override,
  overrideName,
  parseOverride,
  parseScope,
} from '../../core/settings/overrides.ts';
import { resolveValues } from '../../core/settings/resolve-values.ts';
import type { Limit } from '../../core/settings/setting.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type IpAddress, type Network, parseIp } from '../../core/values/network.ts';

const limit = (name: string): Limit => {
  const found = limitNamed(name);
  if (found === undefined) throw new Error(`no limit ${name}`);
  return found;
};
const perAccount = limit('imap/sessions-per-account');
const perAddress = limit('imap/sessions-per-address');
const alice = 'alice@example.org' as AccountId;
const noon = Date.parse('2026-11-26T12:00:00Z');

const parsed = (name: string, text: string): Override => {
  const override = parseOverride(name, text);
  assert.ok(!('fault' in override), JSON.stringify(override));
  return override;
};
const forNetwork = (network: string, value: number): Override =>
  parsed(overrideName(perAddress, network as Network), formatOverride(value, undefined));

describe('an override', () => {
  it('is read back as it was written, with its end', () => {
    const override = parsed(overrideName(perAccount, alice), formatOverride(40, noon));
    assert.deepEqual([override.limit.name, override.scope, override.value, override.until], [perAccount.name, alice, 40, noon]);
    assert.equal(parsed(override.name, '0').until, undefined);
  });

  it('holds until its end and not a moment longer', () => {
    const all = [parsed(overrideName(perAccount, alice), formatOverride(40, noon))];
    assert.equal(accountOverride(all, perAccount, alice, noon - 1)?.value, 40);
    assert.equal(accountOverride(all, perAccount, alice, noon), undefined);
    assert.equal(accountOverride(all, perAccount, 'bob@example.org' as AccountId, 0), undefined);
    assert.equal(accountOverride(all, limit('pop3/sessions-per-account'), alice, 0), undefined);
  });

  it('of the narrowest network counts, for IPv4 and IPv6 alike', () => {
    const all = [forNetwork('10.0.0.0/8', 5), forNetwork('10.1.0.0/16', 50), forNetwork('2001:db8::/32', 7)];
    const of = (ip: string) => addressOverride(all, perAddress, parseIp(ip) as IpAddress, 0)?.value;
    assert.deepEqual([of('10.1.2.3'), of('10.2.2.3'), of('2001:db8::9'), of('192.0.2.1')], [50, 5, 7, undefined]);
  });

  it('is refused by name: what it can not be given for, a value out of range, a time that is none', () => {
    const fault = (name: string, text = '1'): string => {
      const override = parseOverride(name, text);
      return 'fault' in override ? override.fault : 'taken';
    };
    assert.match(fault('override/imap/sessions/alice@example.org'), /imap\/sessions is not counted by account or address/);
    assert.match(fault('override/imap/nothing/alice@example.org'), /names no limit/);
    assert.match(fault(overrideName(perAccount, alice), '20000'), /takes 0–10000; "20000" is not/);
    assert.match(fault(overrideName(perAccount, alice), '20 until tea'), /"until" a time/);
    assert.match(fault('override/imap/sessions-per-address/alice@example.org'), /an address or network/);
    assert.deepEqual(parseScope(perAddress, '203.0.113.9'), { scope: '203.0.113.9/32' });
    assert.deepEqual(parseScope(perAccount, 'Alice@Example.org'), { scope: alice });
  });

  it('stands among the set values, and a bad one never stops the others', () => {
    const stored = new Map([
      [overrideName(perAccount, alice), '40'],
      ['override/imap/sessions-per-account/nobody', 'x'],
      ['imap/sessions', '50'],
    ]);
    const place = { world: 'embedded', loopbackOnly: true, hostname: 'localhost', memory: 1024 ** 3 } as const;
    const { overrides, rejected, values } = resolveValues({ stored, place });
    assert.deepEqual(
      overrides.map(({ value }) => value),
      [40],
    );
    assert.deepEqual(
      rejected.map(({ names }) => names),
      [['override/imap/sessions-per-account/nobody']],
    );
    assert.equal(values.get('imap/sessions')?.value, 50);
  });

  it('is news when it comes, goes, or changes its value or end', () => {
    const [was, is] = [parsed(overrideName(perAccount, alice), '40'), parsed(overrideName(perAccount, alice), formatOverride(40, noon))];
    assert.deepEqual(changedOverrides([was], [is]), [was.name]);
    assert.deepEqual(changedOverrides([], [is]), [is.name]);
    assert.deepEqual(changedOverrides([is], []), [is.name]);
    assert.deepEqual(changedOverrides([is], [is]), []);
  });
});
