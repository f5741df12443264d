import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { formatOverride, overrideName, parseOverride } from '../../core/settings/overrides.ts';
import type { Ruling } from '../../core/slots/applied-limit.ts';
import { accountLimits, addressLimits, everybodysLimits, limitOfKey, type MetLimit, strangersLimits } from '../../core/slots/met-limits.ts';
import * as keys from '../../core/slots/slot-key.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { IpAddress, Network } from '../../core/values/network.ts';

const alice = 'alice@example.org' as AccountId;
const office = { ip: '203.0.113.9' as IpAddress, network: '203.0.113.9/32' as Network };

function ruling(values: Readonly<Record<string, FixedValue>> = {}, overridden?: number): Ruling {
  const name = overrideName(imapSettings.sessionsPerAccount, alice);
  const override = overridden === undefined ? undefined : parseOverride(name, formatOverride(overridden, undefined));
  const overrides = override === undefined || 'fault' in override ? [] : [override];
  return { settings: { ...fixedSettings(values), overrides: () => overrides }, now: 0 };
}

const byKey = (limits: readonly MetLimit[]): Readonly<Record<string, number>> =>
  Object.fromEntries(limits.map(({ key, limit }) => [key, limit]));

describe('limits that somebody meets', () => {
  it('as an account: sessions of each protocol it can log in to, FETCH and SEARCH', () => {
    assert.deepEqual(byKey(accountLimits(ruling({ 'pop3/sessions-per-account': 4 }, 60), alice)), {
      'msa/sessions-per-account/alice@example.org': 20,
      'pop3/sessions-per-account/alice@example.org': 4,
      'imap/sessions-per-account/alice@example.org': 60,
      'imap/fetches-per-account/alice@example.org': 8,
      'imap/searches-per-account/alice@example.org': 2,
    });
  });

  it('as an address: sessions of each protocol, what is reserved from it, and its failed logins', () => {
    const reserved = { 'smtp/sessions': 100, 'smtp/sessions-reserved-for-trusted': 30, 'smtp/sessions-per-address': 0 };
    assert.deepEqual(byKey(addressLimits(ruling(reserved), office)), {
      'smtp/sessions-per-address/203.0.113.9/32': 50,
      'msa/sessions-per-address/203.0.113.9/32': 50,
      'pop3/sessions-per-address/203.0.113.9/32': 100,
      'imap/sessions-per-address/203.0.113.9/32': 200,
      'smtp/sessions-not-trusted': 70,
      'login/failures-per-address/203.0.113.9/32': 20,
    });
    const trusted = byKey(addressLimits(ruling({ ...reserved, 'network/trusted': '203.0.113.0/24' }), office));
    assert.equal(trusted['smtp/sessions-not-trusted'], undefined);
  });

  it('as everybody: totals, what a process bears, FETCH of the server', () => {
    const limits = byKey(everybodysLimits(ruling({ 'imap/sessions': 7, 'imap/sessions-per-process': 5, 'imap/fetches': 3 })));
    assert.deepEqual(
      [limits['imap/sessions'], limits['imap/sessions-per-process'], limits['imap/commands-per-process'], limits['imap/fetches']],
      [7, 5, 1000, 3],
    );
    assert.deepEqual(strangersLimits(ruling()), []);
  });
});

describe('the limit of a key in the store', () => {
  it('is the one that was met when it was taken, for every kind of key', () => {
    const rules = ruling({ 'imap/sessions': 100, 'imap/sessions-reserved-for-trusted': 10 }, 60);
    const of = (key: SlotKey) => limitOfKey(rules, key)?.limit;
    assert.deepEqual(
      [
        keys.sessionsKey('imap'),
        keys.unreservedKey('imap'),
        keys.addressKey('imap', office.network),
        keys.addressKey('smtp', '2001:db8::/64' as Network),
        keys.accountKey('imap', alice),
        keys.commandKey('fetch', alice),
        keys.commandKey('search', alice),
        keys.fetchesKey(),
        keys.outboundKey(),
        keys.collectKey(),
        keys.collectServerKey('pop.example.net'),
      ].map(of),
      [100, 90, 50, 20, 60, 8, 2, 1000, 30, 10, 2],
    );
  });

  it('is none for a lock, and for what no setting limits', () => {
    for (const key of [
      keys.maildropKey(alice),
      'imap/else/x',
      'ftp/sessions',
      'smtp/sessions-per-account/x',
      'imap/sessions-per-address/x',
      '',
    ])
      assert.equal(limitOfKey(ruling(), key as SlotKey), undefined, key);
  });
});
