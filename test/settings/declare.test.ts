import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { areas, catalogue } from '../../core/settings/catalogue.ts';
import { defaultAt } from '../../core/settings/default-value.ts';
import type { Place, Setting } from '../../core/settings/setting.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../core/settings/units.ts';

const { imapSettings, smtpSettings, outboundSettings, serverSettings } = areas;

const places: readonly Place[] = [
  { world: 'embedded', loopbackOnly: true, hostname: 'mail.example.org', memory: 4 * 1024 ** 3 },
  { world: 'embedded', loopbackOnly: false, hostname: 'mail.example.org', memory: 4 * 1024 ** 3 },
  { world: 'aws', loopbackOnly: false, hostname: 'mail.example.org', memory: 4 * 1024 ** 3 },
];

const faultOf = (setting: Setting<unknown>, text: string): string => {
  const parsed = setting.parse(text);
  assert.ok('fault' in parsed, `${setting.name} took ${text}`);
  return parsed.fault;
};

describe('a declared setting', () => {
  it('has a name of its own, words for people, and a default that its own parser takes back, at every place', () => {
    assert.equal(new Set(catalogue.map(({ name }) => name)).size, catalogue.length);
    for (const setting of catalogue) {
      assert.match(setting.name, /^[a-z0-9]+(?:[/-][a-z0-9]+)+$/);
      assert.ok(setting.doc.length > 20 && setting.from.length > 0, setting.name);
      for (const place of places) {
        const value = defaultAt(setting, place);
        assert.deepEqual(setting.parse(setting.format(value)), { value }, setting.name);
      }
    }
  });

  it('reads back what it writes, whatever text it took', () => {
    const texts = fc.oneof(
      fc.integer({ min: 0, max: 2_000_000 }).map(String),
      fc.tuple(fc.nat(2000), fc.constantFrom('s', 'm', 'h', 'd', 'KB', 'MB', 'GB')).map(([n, unit]) => `${n}${unit}`),
      fc.constantFrom(
        'on',
        'off',
        'direct',
        'smarthost',
        'local',
        'open',
        'closed',
        '',
        'none',
        'valueOf',
        '__proto__',
        '1m 5m,1h',
        'mx.example.net',
        '{time}',
      ),
      fc.constantFrom('[2001:db8::1]:25', 'mx.example.net:587 relay@example.net secret:relay', '192.0.2.1:26'),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.constantFrom(...catalogue), texts, (setting, text) => {
        const parsed = setting.parse(text);
        if ('value' in parsed) assert.deepEqual(setting.parse(setting.format(parsed.value)), parsed);
        else assert.ok(parsed.fault.length > 0 && parsed.fault.length < 400);
      }),
      { numRuns: 3000 },
    );
  });

  it('names the allowed range when a value is outside it, and repeats the value', () => {
    assert.equal(faultOf(imapSettings.port, '70000'), 'takes 1–65535; "70000" is not');
    assert.equal(faultOf(imapSettings.idleTimeout, '5m'), 'takes 30m–1d; "5m" is not');
    assert.equal(faultOf(smtpSettings.messageSize, '2GB'), 'takes 64KB–1GB; "2GB" is not');
    assert.equal(faultOf(imapSettings.idle, 'yes'), 'takes on or off; "yes" is not');
    assert.match(faultOf(outboundSettings.retrySchedule, '1m 2y'), /^takes 1–50 times, each 1s–1d/);
    assert.match(faultOf(serverSettings.hostname, '-x-'), /^takes a host name/);
  });

  it('takes 0 for unlimited where it is a limit, and no fractions, signs or other notations', () => {
    assert.deepEqual(imapSettings.sessions.parse('0'), { value: 0 });
    for (const text of ['-1', '1.5', '1e3', '0x10', '', ' ', '١', 'Infinity']) faultOf(imapSettings.sessions, text);
  });

  it('refuses a password by name and never repeats one', () => {
    for (const setting of catalogue) {
      const fault = faultOf(setting, 'relay:hunter2@smtp.example.net:587');
      assert.match(fault, /user:password@/);
      assert.doesNotMatch(fault, /hunter2/);
    }
    assert.doesNotMatch(faultOf(outboundSettings.smarthost, 'smtp.example.net relay hunter2'), /hunter2/);
  });

  it('takes one line without controls, and no more than it can hold', () => {
    assert.match(faultOf(imapSettings.banner, 'hello\r\n* BYE'), /control characters/);
    assert.match(faultOf(serverSettings.hostname, 'a'.repeat(5000)), /at most 1000 characters/);
    assert.match(faultOf(imapSettings.banner, 'x'.repeat(201)), /at most 200/);
  });

  it('reads a banner only with placeholders that it can fill and nothing that a client takes for a code', () => {
    assert.ok('value' in imapSettings.banner.parse('{hostname} at {time}, {version}'));
    for (const text of ['{host}', '{', 'a}b', '<1.2@x>', '[ALERT] hi', 'grüß']) faultOf(imapSettings.banner, text);
  });

  it('reads an endpoint with and without port and credentials', () => {
    const { smarthost } = outboundSettings;
    assert.deepEqual(smarthost.parse('smtp.example.net'), { value: { host: 'smtp.example.net', port: 25 } });
    assert.deepEqual(smarthost.parse('[2001:db8::1]:26'), { value: { host: '2001:db8::1', port: 26 } });
    assert.deepEqual(smarthost.parse('smtp.example.net:587 me@example.net secret:relay'), {
      value: { host: 'smtp.example.net', port: 587, credentials: { user: 'me@example.net', secret: 'relay' } },
    });
    assert.deepEqual(smarthost.parse('none'), { value: 'none' });
    for (const text of ['host:0', 'host:70000', 'a b', 'host user pass', 'host user secret:../etc', ':25', 'host:x'])
      faultOf(smarthost, text);
  });
});

describe('units', () => {
  it('of time and size are read back exactly', () => {
    fc.assert(fc.property(fc.nat(10_000_000), (n) => parseDuration(formatDuration(n)) === n && parseSize(formatSize(n)) === n));
    assert.deepEqual(['90', '90s', '5m', '2h', '3d'].map(parseDuration), [90, 90, 300, 7200, 259_200]);
    assert.deepEqual(['1000', '64KB', '35mb', '1 GB'].map(parseSize), [1000, 65_536, 36_700_160, 1_073_741_824]);
    assert.deepEqual([300, 90, 0, 5400].map(formatDuration), ['5m', '90s', '0s', '90m']);
  });
});
