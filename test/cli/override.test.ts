import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { imapSettings } from '../../core/settings/listeners.ts';
import { overrideName } from '../../core/settings/overrides.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { accountNamed } from '../harness/edge.ts';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir override', () => {
  it('sets one for an account or a network, lists and clears it, and leaves the settings as they are', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli([...words, '--data', data]);

    const set = await run('override', 'set', 'imap/sessions-per-account', 'Alice@Example.org', '60', '--for', '2h');
    assert.match(set.out, /^imap\/sessions-per-account for alice@example\.org: 60 until \d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ\n$/);
    assert.equal((await run('override', 'set', 'smtp/sessions-per-address', '203.0.113.9', '0')).code, 0);
    assert.match(
      (await run('override', 'list')).out,
      /^LIMIT +WHOM +VALUE +UNTIL\nimap\/sessions-per-account +alice@example\.org +60 +.*, (?:2h 0m|1h 59m) left\nsmtp\/sessions-per-address +203\.0\.113\.9\/32 +unlimited +it is cleared\n$/,
    );

    const settings = await run('settings', 'list');
    assert.deepEqual([settings.code, settings.err], [0, '']);
    assert.match(settings.out, /\nimap\/sessions-per-account +20 +default /);
    const asSetting = await run('settings', 'unset', 'override/imap/sessions-per-account/alice@example.org');
    assert.deepEqual([asSetting.code, /mailweir override clear undoes one/.test(asSetting.err)], [2, true]);
    assert.equal((await run('settings', 'set', 'imap/sessions', '7')).out, 'imap/sessions: 10000 → 7\n');

    assert.equal((await run('override', 'clear', 'imap/sessions-per-account', 'alice@example.org')).code, 0);
    const left = JSON.parse((await run('override', 'list', '--json')).out);
    assert.deepEqual(left, [{ limit: 'smtp/sessions-per-address', whom: '203.0.113.9/32', value: 0, until: null, inForce: true }]);
    const again = await run('override', 'clear', 'imap/sessions-per-account', 'alice@example.org');
    assert.deepEqual([again.code, /has no override for alice@example\.org/.test(again.err)], [3, true]);
  });

  it('refuses what it can not be given for, with what is allowed, and changes nothing', async (t) => {
    const data = await temporaryData(t);
    const set = (...words: string[]) => runCli(['override', 'set', ...words, '--data', data]);
    for (const [words, code, said] of [
      [['imap/sessions-per-account', 'alice@example.org', '10001'], 3, /imap\/sessions-per-account takes 0–10000; "10001" is not/],
      [['imap/sessions-per-account', '192.0.2.1', '5'], 2, /takes an account like alice@example\.org; "192\.0\.2\.1" is not/],
      [['smtp/sessions-per-address', 'alice@example.org', '5'], 2, /takes an address or network like/],
      [['imap/sessions', 'alice@example.org', '5'], 2, /imap\/sessions is not counted by account or address; set the setting itself/],
      [['imap/sesions-per-account', 'alice@example.org', '5'], 2, /there is no limit .*; did you mean imap\/sessions-per-account\?/],
      [['imap/sessions-per-account', 'alice@example.org', '5', '--for', 'long'], 2, /--for takes 1s–365d; "long" is not/],
    ] as const) {
      const { code: ended, err } = await set(...words);
      assert.equal(ended, code, words.join(' '));
      assert.match(err, said);
    }
    await (await openEmbeddedWorld({ dataDir: data })).close();
    assert.equal((await runCli(['override', 'list', '--data', data])).out, 'no overrides\n');
  });

  it('shows one that has ended as ended, until the next change sweeps it away', async (t) => {
    const data = await temporaryData(t);
    const world = await openEmbeddedWorld({ dataDir: data });
    t.after(() => world.close());
    const ended = overrideName(imapSettings.sessionsPerAccount, accountNamed('alice'));
    await world.settings.write(new Map([[ended, '60 until 2026-01-01T00:00:00.000Z']]));
    assert.match((await runCli(['override', 'list', '--data', data])).out, / 60 +2026-01-01 00:00:00Z, ended\n$/);
    await runCli(['override', 'set', 'imap/sessions-per-account', 'bob@example.org', '5', '--data', data]);
    assert.deepEqual(
      [...(await world.settings.read()).values.keys()],
      [overrideName(imapSettings.sessionsPerAccount, accountNamed('bob'))],
    );
  });
});
