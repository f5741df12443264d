import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import { fixedSettings } from '../../core/settings/fixed-settings.ts';
import { imapSettings, pop3Settings, smtpSettings } from '../../core/settings/listeners.ts';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { profileNames, profiles, profileValue } from '../../core/settings/profiles.ts';
import { InvalidSettings, liveSettings } from '../../core/settings/resolve.ts';
import { resolveValues } from '../../core/settings/resolve-values.ts';
import { tlsSettings } from '../../core/settings/server.ts';
import type { Place } from '../../core/settings/setting.ts';
import { memorySource } from './memory-source.ts';

const here: Place = { world: 'embedded', loopbackOnly: true, hostname: 'mail.example.org', memory: 4 * 1024 ** 3 };

function recordingLog(): { readonly log: EventLog; readonly seen: { readonly name: string; readonly fields: EventFields }[] } {
  const seen: { name: string; fields: EventFields }[] = [];
  const write = (name: string, fields: EventFields = {}) => void seen.push({ name, fields });
  return { seen, log: { event: write, failure: (name, _, fields) => write(name, fields) } };
}

async function start(stored: Record<string, string> = {}, options: Record<string, string> = {}, place = here) {
  const source = memorySource(stored);
  const { log, seen } = recordingLog();
  const settings = await liveSettings(source, place, log, new Map(Object.entries(options)));
  const set = (changes: Record<string, string | undefined>) => source.write(new Map(Object.entries(changes)));
  return { settings, set, seen };
}

describe('settings in force', () => {
  it('come from the option, else what is set, else the profile, else the default', async () => {
    const { settings } = await start({ profile: 'ismail', 'smtp/sessions': '33', 'imap/sessions': '44' }, { 'imap/sessions': '55' });
    assert.equal(settings.get(imapSettings.sessions), 55);
    assert.equal(settings.get(smtpSettings.sessions), 33);
    assert.equal(settings.get(smtpSettings.sessionsPerAddress), 5);
    assert.equal(settings.get(pop3Settings.sessions), 2000);
  });

  it('ask for encryption unless every listener is bound to loopback', async () => {
    for (const [place, bits, port] of [
      [here, 0, 2143],
      [{ ...here, loopbackOnly: false }, 128, 2143],
      [{ ...here, world: 'aws' }, 128, 143],
    ] as const) {
      const { settings } = await start({}, {}, place);
      assert.deepEqual([settings.get(imapSettings.minKeyBits), settings.get(imapSettings.port)], [bits, port]);
    }
  });

  it('change while the process runs, and tell which names changed', async () => {
    const { settings, set, seen } = await start();
    const heard: string[][] = [];
    settings.onChange((changed) => heard.push([...changed]));
    await set({ 'imap/sessions': '7', 'smtp/sessions': '1000' }); // the latter has that value already
    assert.equal(settings.get(imapSettings.sessions), 7);
    await set({ profile: 'netscape' });
    assert.equal(settings.get(imapSettings.sessions), 7);
    assert.equal(settings.get(pop3Settings.sessionsPerProcess), 600);
    assert.deepEqual(heard[0], ['imap/sessions']);
    assert.ok(heard[1]?.includes('pop3/sessions-per-process') && !heard[1].includes('imap/sessions'));
    assert.ok(seen.some(({ name }) => name === 'settings-changed'));
  });

  it('keep the last good value when a bad one is stored, and say so once', async () => {
    const { settings, set, seen } = await start({ 'imap/sessions': '7' });
    await set({ 'imap/sessions': 'seven', 'no/such': '1', profile: 'lotus' });
    assert.equal(settings.get(imapSettings.sessions), 7);
    await set({ 'pop3/sessions': '8' });
    assert.equal(settings.get(pop3Settings.sessions), 8);
    const faults = seen.filter(({ name }) => name === 'settings-rejected').map(({ fields }) => fields.fault);
    assert.deepEqual(faults, [
      'there is no setting "no/such"',
      'profile takes modern, appleshare, mdaemon, vpop3, ismail, netscape',
      'imap/sessions takes 0–1000000; "seven" is not',
    ]);
    await set({ 'imap/sessions': undefined });
    assert.equal(settings.get(imapSettings.sessions), 10_000);
  });

  it('start with the default when the stored value was bad from the beginning', async () => {
    const { settings, seen } = await start({ 'imap/sessions': '-1' });
    assert.equal(settings.get(imapSettings.sessions), 10_000);
    assert.equal(seen.length, 1);
  });

  it('do not move a port under a running listener', async () => {
    const { settings, set } = await start();
    await set({ 'imap/port': '1143', 'imap/sessions': '3' });
    assert.equal(settings.get(imapSettings.port), 2143);
    assert.equal(settings.get(imapSettings.sessions), 3);
  });

  it('let whoever acts last be right: a value set later replaces the option of the start', async () => {
    const { settings, set } = await start({ 'imap/sessions': '9' }, { 'imap/sessions': '2', 'pop3/sessions': '2' });
    await set({ 'smtp/sessions': '5' });
    assert.equal(settings.get(imapSettings.sessions), 2);
    await set({ 'imap/sessions': '3' });
    assert.deepEqual([settings.get(imapSettings.sessions), settings.get(pop3Settings.sessions)], [3, 2]);
  });

  it('refuse to start with options that are not allowed, all of them named', async () => {
    await assert.rejects(start({}, { 'imap/sesions': '2', 'pop3/port': '0', 'imap/port': '2525' }), (error) => {
      assert.ok(error instanceof InvalidSettings);
      assert.match(error.message, /there is no setting "imap\/sesions"; did you mean imap\/sessions\?/);
      assert.match(error.message, /pop3\/port takes 1–65535/);
      assert.match(error.message, /smtp\/port and imap\/port have the same port 2525/);
      return true;
    });
  });

  it('never take half of what belongs together', async () => {
    const { settings, set, seen } = await start();
    await set({ 'tls/certificate': '/etc/mail.pem' });
    await set({ 'outbound/route': 'smarthost' });
    assert.deepEqual([settings.get(tlsSettings.certificate), settings.get(outboundSettings.route)], ['', 'direct']);
    assert.equal(seen.filter(({ name }) => name === 'settings-rejected').length, 2);
    await set({ 'tls/key': '/etc/key.pem', 'outbound/smarthost': 'mx.example.net' });
    assert.deepEqual([settings.get(tlsSettings.certificate), settings.get(outboundSettings.route)], ['/etc/mail.pem', 'smarthost']);
  });

  it('take a certificate alone when it is a secret, which holds its key too, and no name that leads out of the secrets', async () => {
    const { settings, set, seen } = await start();
    await set({ 'tls/certificate': 'secret:mail.example.org' });
    assert.equal(settings.get(tlsSettings.certificate), 'secret:mail.example.org');
    await set({ 'tls/certificate': 'secret:../other-stage/certificate' });
    assert.equal(settings.get(tlsSettings.certificate), 'secret:mail.example.org');
    assert.equal(seen.filter(({ name }) => name === 'settings-rejected').length, 1);
  });

  it('reach every listener of a change though one of them throws', async () => {
    const { settings, set, seen } = await start();
    let heard = 0;
    settings.onChange(() => {
      throw new Error('broken');
    });
    settings.onChange(() => heard++);
    await set({ 'imap/sessions': '7' });
    assert.equal(heard, 1);
    assert.ok(seen.some(({ name }) => name === 'settings-change-failed'));
  });

  it('stay as they are after close', async () => {
    const { settings, set } = await start();
    settings.close();
    await set({ 'imap/sessions': '7' });
    assert.equal(settings.get(imapSettings.sessions), 10_000);
  });
});

describe('a profile', () => {
  for (const name of profileNames) {
    it(`${name} holds only values that their settings take, and that go together`, () => {
      const { rejected, values } = resolveValues({
        stored: new Map([
          ...Object.keys(profiles[name].values).map((setting) => [setting, profileValue(name, setting, here) ?? ''] as const),
          ['profile', name],
        ]),
        place: here,
      });
      assert.deepEqual(rejected, []);
      for (const setting of Object.keys(profiles[name].values)) assert.ok(values.has(setting));
    });
  }
});

describe('fixed settings', () => {
  it('parse texts, take other values as they are, and refuse unknown names', () => {
    const settings = fixedSettings({ 'imap/sessions': '7', 'imap/idle-timeout': 1 });
    assert.deepEqual([settings.get(imapSettings.sessions), settings.get(imapSettings.idleTimeout)], [7, 1]);
    assert.throws(() => fixedSettings({ 'imap/sesions': '7' }), /no setting/);
    assert.throws(() => fixedSettings({ 'imap/sessions': 'x' }), /takes 0–1000000/);
  });
});
