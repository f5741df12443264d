import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { limitNamed } from '../../core/settings/catalogue.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { LiveSettings } from '../../core/settings/live-settings.ts';
import { type Override, overrideName, parseOverride } from '../../core/settings/overrides.ts';
import { accountLimit, addressLimit, nothing, totalLimit, unreservedLimit } from '../../core/slots/applied-limit.ts';
import type { AccountId } from '../../core/values/address.ts';
import { type IpAddress, networkOf, parseIp } from '../../core/values/network.ts';

const alice = 'alice@example.org' as AccountId;

function client(text: string): { readonly ip: IpAddress; readonly network: ReturnType<typeof networkOf> } {
  const ip = parseIp(text) as IpAddress;
  return { ip, network: networkOf(ip, 32, 64) };
}

const stranger = client('203.0.113.9');
const office = client('10.1.2.3');

function ruling(values: Readonly<Record<string, FixedValue>>, overrides: readonly Override[] = []) {
  const fixed = fixedSettings(values);
  const settings: LiveSettings = { ...fixed, overrides: () => overrides };
  return { settings, now: 0 };
}

function override(name: string, scope: string, text: string): Override {
  const limit = limitNamed(name);
  if (limit === undefined) throw new Error(name);
  const parsed = parseOverride(overrideName(limit, scope as AccountId), text);
  if ('fault' in parsed) throw new Error(parsed.fault);
  return parsed;
}

describe('the limit that a client meets', () => {
  it('is the setting, where nothing else speaks', () => {
    const rules = ruling({ 'imap/sessions': 1000, 'imap/sessions-per-address': 200, 'imap/sessions-per-account': 20 });
    assert.equal(totalLimit(rules, 'imap').limit, 1000);
    assert.equal(addressLimit(rules, 'imap', stranger).limit, 200);
    assert.equal(accountLimit(rules, 'imap', alice).limit, 20);
    assert.equal(unreservedLimit(rules, 'imap', stranger), undefined);
  });

  it('is at most its share of the total, also where it has no limit of its own', () => {
    const rules = ruling({
      'imap/sessions': 100,
      'imap/sessions-per-address': 200,
      'imap/sessions-per-account': 0,
      'imap/share-per-account': 25,
    });
    assert.equal(addressLimit(rules, 'imap', stranger).limit, 50);
    assert.equal(accountLimit(rules, 'imap', alice).limit, 25);
    const own = accountLimit(ruling({ 'imap/sessions': 100, 'imap/sessions-per-account': 20 }), 'imap', alice);
    assert.deepEqual([own.limit, own.because], [20, undefined]);
  });

  it('is not shared out of a total so small that it serves one household, of an unlimited one, or when the share is 0', () => {
    const of = (values: Record<string, FixedValue>) =>
      addressLimit(ruling({ 'smtp/sessions-per-address': 0, ...values }), 'smtp', stranger).limit;
    assert.deepEqual(
      [of({ 'smtp/sessions': 9 }), of({ 'smtp/sessions': 0 }), of({ 'smtp/sessions': 100, 'smtp/share-per-address': 0 })],
      [0, 0, 0],
    );
    assert.equal(of({ 'smtp/sessions': 10 }), 5);
  });

  it('is what an operator gave this account or network, above any share', () => {
    const overrides = [override('imap/sessions-per-account', alice, '90'), override('imap/sessions-per-address', '10.0.0.0/8', '0')];
    const rules = ruling({ 'imap/sessions': 100 }, overrides);
    assert.equal(accountLimit(rules, 'imap', alice).limit, 90);
    assert.equal(accountLimit(rules, 'imap', 'bob@example.org' as AccountId).limit, 20);
    assert.equal(addressLimit(rules, 'imap', office).limit, 0);
    assert.equal(addressLimit(rules, 'imap', stranger).limit, 50);
  });

  it('leaves strangers what is not reserved for trusted networks, counted under a key of its own', () => {
    const rules = ruling({ 'smtp/sessions': 100, 'smtp/sessions-reserved-for-trusted': 30, 'network/trusted': '10.0.0.0/8' });
    assert.equal(unreservedLimit(rules, 'smtp', office), undefined);
    const open = unreservedLimit(rules, 'smtp', stranger);
    assert.deepEqual([open?.key, open?.limit], ['smtp/sessions-not-trusted', 70]);
    const all = ruling({ 'smtp/sessions': 100, 'smtp/sessions-reserved-for-trusted': 100 });
    assert.equal(unreservedLimit(all, 'smtp', stranger)?.limit, nothing);
  });

  it('is only observed where its mode says so, whoever made the number', () => {
    const rules = ruling({ 'imap/sessions-per-account/mode': 'observe' }, [override('imap/sessions-per-account', alice, '3')]);
    const { limit, observe } = accountLimit(rules, 'imap', alice);
    assert.deepEqual([limit, observe], [3, true]);
    assert.equal(addressLimit(rules, 'imap', stranger).observe, false);
  });
});
