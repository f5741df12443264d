import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../core/settings/catalogue.ts';
import { parameterText, unsetWord, valuesOfParameters } from '../../core/settings/parameter-values.ts';
import type { Place } from '../../core/settings/setting.ts';

const place: Place = { world: 'aws', loopbackOnly: false, hostname: 'mail.example.org', memory: 512 * 1024 ** 2 };
const map = (given: Readonly<Record<string, string | undefined>>) => new Map(Object.entries(given));
const values = (parameters: Readonly<Record<string, string | undefined>>, inForce: Readonly<Record<string, string>> = {}) => {
  const found = valuesOfParameters(map(parameters), new Map(Object.entries(inForce)), place);
  return { values: Object.fromEntries(found.values), faults: found.rejected.map(({ fault }) => fault) };
};

describe('parameters of a stage', () => {
  it('say default, or nothing, where nobody has set anything', () => {
    const all = Object.fromEntries(catalogue.map(({ name }, i) => [name, i % 2 === 0 ? unsetWord : ` ${unsetWord} `]));
    assert.deepEqual(values({ ...all, profile: unsetWord, 'smtp/banner': '' }), { values: {}, faults: [] });
    assert.deepEqual([parameterText(' 30 '), parameterText('default'), parameterText(' ')], ['30', undefined, undefined]);
  });

  it('are in force as they were set, with a profile among them', () => {
    assert.deepEqual(values({ 'imap/sessions-per-account': '30', profile: 'ismail' }).values, {
      'imap/sessions-per-account': '30',
      profile: 'ismail',
    });
  });

  it('that are not allowed are told by name and range, and their last good value stays', () => {
    assert.deepEqual(values({ 'imap/sessions-per-account': '-3', 'imap/idle': 'off' }, { 'imap/sessions-per-account': '12' }), {
      values: { 'imap/sessions-per-account': '12', 'imap/idle': 'off' },
      faults: ['imap/sessions-per-account takes 0–10000; "-3" is not'],
    });
    assert.deepEqual(values({ 'imap/sessions-per-account': 'many' }).values, {}, 'there was no good one');
    assert.deepEqual(values({ profile: 'exchange' }, { profile: 'mdaemon' }).values, { profile: 'mdaemon' });
  });

  it('go back to default though the value before was another', () => {
    assert.deepEqual(values({ 'imap/idle': unsetWord }, { 'imap/idle': 'off', 'imap/fetches': '9' }).values, {});
  });

  it('that do not go together all stay as they were', () => {
    const before = { 'outbound/smarthost': 'relay.example.net:587', 'outbound/route': 'smarthost' };
    const { values: now, faults } = values({ 'outbound/route': 'smarthost', 'outbound/smarthost': 'none' }, before);
    assert.deepEqual(now, before);
    assert.deepEqual(faults, ['outbound/route smarthost needs outbound/smarthost: set both at once']);
    assert.deepEqual(values({ 'outbound/route': 'smarthost' }).values, {});
  });

  it('are judged beside the last good value of a bad one, not beside its default', () => {
    const before = { 'outbound/smarthost': 'relay.example.net:587' };
    const { values: now, faults } = values({ 'outbound/route': 'smarthost', 'outbound/smarthost': 'no host at all!' }, before);
    assert.deepEqual(now, { ...before, 'outbound/route': 'smarthost' });
    assert.equal(faults.length, 1);
  });

  it('lose a last good value that a later catalogue does not allow any more', () => {
    assert.deepEqual(values({ 'imap/fetches': 'x' }, { 'imap/fetches': 'y' }).values, {});
  });

  it('of no setting are told with what was probably meant', () => {
    const { values: now, faults } = values({ 'imap/sesions': '3' }, { 'imap/gone-since': '1' });
    assert.deepEqual(now, {});
    assert.match(faults[0] ?? '', /^there is no setting "imap\/sesions"; did you mean imap\/sessions\?$/);
  });

  it('touch no override and no route rule, and are none themselves', () => {
    const scoped = { 'override/imap/sessions-per-account/alice@example.org': '60', 'route/to/example.net': 'direct' };
    const { values: now, faults } = values({ 'imap/idle': 'off', 'route/to/example.com': 'ses' }, scoped);
    assert.deepEqual(now, { 'imap/idle': 'off', ...scoped });
    assert.deepEqual(faults, ['route/to/example.com is no parameter; mailweir override and mailweir route set what begins so']);
  });

  it('are never encrypted, and no fault repeats what may be a password', () => {
    const { values: now, faults } = values({ 'smtp/banner': undefined, 'outbound/smarthost': 'user:hunter2@relay.example.net' });
    assert.deepEqual(now, {});
    assert.match(faults[0] ?? '', /^smtp\/banner is a SecureString/);
    assert.doesNotMatch(faults.join(), /hunter2/);
  });
});
