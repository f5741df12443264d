import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { catalogue } from '../../core/settings/catalogue.ts';
import { imapSettings } from '../../core/settings/listeners.ts';
import { liveSettings } from '../../core/settings/resolve.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

interface Listed {
  readonly name: string;
  readonly value: string;
  readonly origin: string;
}

describe('mailweir settings', () => {
  it('set, get, list and unset', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli(['settings', ...words, '--data', data]);

    const set = await run('set', 'imap/sessions-per-account', '2', 'imap/idle-timeout', '3600');
    assert.deepEqual(set, { code: 0, out: 'imap/idle-timeout: 30m → 1h\nimap/sessions-per-account: 20 → 2\n', err: '' });
    const [got, json, text] = await Promise.all([run('get', 'imap/sessions-per-account'), run('list', '--json'), run('list', 'imap')]);
    assert.equal(got.out, '2\n');
    const listed: readonly Listed[] = JSON.parse(json.out);
    assert.deepEqual(
      listed.map(({ name }) => name),
      catalogue.map(({ name }) => name),
    );
    const origins = new Map(listed.map(({ name, value, origin }) => [name, `${value} ${origin}`]));
    assert.equal(origins.get('imap/idle-timeout'), '1h set');
    assert.equal(origins.get('imap/sessions'), '10000 default');

    const table = text.out;
    assert.match(table, /^NAME +VALUE +FROM +ALLOWED\n/);
    assert.match(table, /\nimap\/sessions-per-account +2 +set +0–10000\n/);
    assert.match(table, /\nimap\/port +2143 +default +1–65535 \(next start\)\n/);
    assert.ok(!table.includes('pop3'));

    assert.equal((await run('unset', 'imap/idle-timeout')).out, 'imap/idle-timeout: 1h → 30m\n');
  });

  it('refuse a value outside its range with the allowed range, and change nothing', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli(['settings', ...words, '--data', data]);
    const [range, unknown, together, halfPair] = await Promise.all([
      run('set', 'imap/sessions', '7', 'imap/port', '70000'),
      run('set', 'imap/sesions', '7'),
      run('set', 'outbound/route', 'smarthost'),
      run('set', 'imap/sessions', '7', 'imap/port'),
    ]);
    assert.match(range.err, /imap\/port takes 1–65535; "70000" is not/);
    assert.match(unknown.err, /there is no setting "imap\/sesions"; did you mean imap\/sessions\?/);
    assert.match(together.err, /outbound\/route smarthost needs outbound\/smarthost/);
    assert.match(halfPair.err, /imap\/port has no value/);
    assert.deepEqual([range.code, unknown.code, together.code, halfPair.code], [3, 2, 3, 2]);
    assert.equal((await run('get', 'imap/sessions')).out, '10000\n');
  });

  it('apply a profile to all settings that nobody has set', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli(['settings', ...words, '--data', data]);
    await run('set', 'smtp/sessions', '33');
    const applied = await run('profile', 'ismail');
    assert.match(applied.out, /outbound\/sessions: 30 → 2/);
    assert.match(applied.out, /set before and kept: smtp\/sessions/);
    const [outbound, smtp, all, unknown] = await Promise.all([
      run('get', 'outbound/sessions', '--json'),
      run('get', 'smtp/sessions'),
      run('profile', '--json'),
      run('profile', 'lotus'),
    ]);
    const { value, origin, default: standard } = JSON.parse(outbound.out);
    assert.deepEqual([value, origin, standard], ['2', 'profile', '30']);
    assert.equal(smtp.out, '33\n');
    assert.equal(unknown.code, 2);
    const profiles: readonly { profile: string; inForce: boolean }[] = JSON.parse(all.out);
    assert.deepEqual(
      profiles.filter(({ inForce }) => inForce).map(({ profile }) => profile),
      ['ismail'],
    );
    assert.match((await run('profile', 'modern')).out, /outbound\/sessions: 2 → 30/);
  });

  it('reach a running process within two seconds', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    const place = { world: 'embedded', loopbackOnly: true, hostname: 'localhost', memory: 4 * 1024 ** 3 } as const;
    const settings = await liveSettings(world.settings, place, { event: () => {}, failure: () => {} });
    t.after(async () => {
      settings.close();
      await world.close();
    });
    const changed = new Promise<ReadonlySet<string>>((resolve) => settings.onChange(resolve));
    await runCli(['settings', 'set', 'imap/sessions-per-account', '3', '--data', data]);
    const done = performance.now();
    assert.deepEqual([...(await changed)], ['imap/sessions-per-account']);
    assert.ok(performance.now() - done < 2000);
    assert.equal(settings.get(imapSettings.sessionsPerAccount), 3);
  });
});
