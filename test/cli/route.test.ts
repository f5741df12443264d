import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir route', () => {
  it('adds, lists and removes rules, and leaves the settings as they are', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli([...words, '--data', data]);
    assert.equal((await run('route', 'add', 'to', 'Example.Net', 'direct')).out, 'to example.net: direct\n');
    const relay = await run('route', 'add', 'from', '.tenant.example', 'smtp.example.com:587', 'me', 'secret:relay');
    assert.equal(relay.out, 'from .tenant.example: smtp.example.com:587 me secret:relay\n');
    assert.match(relay.err, /the secret relay is not there yet/);
    assert.equal((await run('route', 'add', 'to', 'example.net', 'smarthost')).code, 0);
    assert.match(
      (await run('route', 'list')).out,
      /^SIDE +DOMAIN +WAY\nto +example\.net +smarthost\nfrom +\.tenant\.example +smtp\.example\.com:587 me secret:relay\nall other mail: direct \(outbound\/route\)\n$/,
    );
    const settings = await run('settings', 'list');
    assert.deepEqual([settings.code, settings.err], [0, '']);
    const asSetting = await run('settings', 'unset', 'route/to/example.net');
    assert.deepEqual([asSetting.code, /mailweir route list shows the rules/.test(asSetting.err)], [2, true]);

    assert.equal((await run('route', 'remove', 'to', 'example.net')).out, 'removed to example.net\n');
    const again = await run('route', 'remove', 'to', 'example.net');
    assert.deepEqual([again.code, /there is no rule to example\.net/.test(again.err)], [3, true]);
    assert.deepEqual(JSON.parse((await run('route', 'list', '--json')).out), {
      rules: [{ side: 'from', domain: '.tenant.example', way: 'smtp.example.com:587 me secret:relay' }],
      otherwise: 'direct',
    });
  });

  it('refuses what is no side, no domain or no way, and repeats no password', async (t) => {
    const data = await temporaryData(t);
    for (const [words, code, said] of [
      [['via', 'example.net', 'direct'], 2, /"via" is neither to nor from/],
      [['to', 'example..net', 'direct'], 2, /"example\.\.net" is no domain/],
      [['to', 'example.net', 'sideways out'], 3, /route\/to\/example\.net takes direct, smarthost, ses, or HOST:PORT/],
      [['to', 'example.net', 'mx.example.com:25', 'me', 'hunter2'], 3, /takes direct, smarthost, ses, or HOST:PORT/],
      [['to', 'example.net', 'me:hunter2@mx.example.com'], 3, /takes direct, smarthost, ses, or HOST:PORT/],
    ] as const) {
      const { code: ended, err } = await runCli(['route', 'add', ...words, '--data', data]);
      assert.equal(ended, code, words.join(' '));
      assert.match(err, said);
      assert.doesNotMatch(err, /hunter2/);
    }
  });

  it('tells by which rule a message would leave, and to which addresses', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli([...words, '--data', data]);
    await run('route', 'add', 'to', '*', '192.0.2.25:2525');
    await run('route', 'add', 'from', 'tenant.example', 'ses');
    await run('alias', 'add', 'sales@example.org', 'somebody@far.example');
    assert.match(
      (await run('route', 'test', 'a@example.org', 'b@far.example')).out,
      /^way +192\.0\.2\.25:2525 \(rule to \*\)\n\nPREFERENCE +HOST +ADDRESS +TLS +LOGIN\n0 +192\.0\.2\.25 +192\.0\.2\.25:2525 +opportunistic +-\n$/,
    );
    assert.match(
      (await run('route', 'test', 'x@tenant.example', 'b@far.example')).out,
      /^way +ses \(rule from tenant\.example\)\nhost +\S+, by its API\n$/,
    );
    assert.equal((await run('route', 'test', '<>', 'sales@example.org')).out, 'sent on to somebody@far.example\n');
    const { hosts, by } = JSON.parse((await run('route', 'test', '<>', 'b@far.example', '--json')).out);
    assert.deepEqual(
      [by, hosts],
      ['route/to/*', [{ preference: 0, host: '192.0.2.25', ip: '192.0.2.25', port: 2525, tls: 'opportunistic', login: null }]],
    );
  });
});

describe('forwarding by SES, which takes only senders it has verified', () => {
  it('is refused when it is set up, from whichever side, and works where the target has another way', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: string[]) => runCli([...words, '--data', data]);
    const refused = /sales@example\.org would send the mail of others on to somebody@far\.example by SES/;
    assert.equal((await run('alias', 'add', 'sales@example.org', 'somebody@far.example')).code, 0);
    for (const words of [
      ['settings', 'set', 'outbound/route', 'ses'],
      ['route', 'add', 'to', 'far.example', 'ses'],
      ['route', 'add', 'to', '*', 'ses'],
    ]) {
      const { code, err } = await run(...words);
      assert.deepEqual([code, refused.test(err)], [3, true], words.join(' '));
    }
    assert.equal((await run('route', 'add', 'to', 'far.example', 'direct')).code, 0);
    assert.equal((await run('settings', 'set', 'outbound/route', 'ses')).code, 0);
    assert.match((await run('route', 'remove', 'to', 'far.example')).err, refused);
    const more = await run('alias', 'add', 'info@example.org', 'somebody@other.example');
    assert.deepEqual([more.code, /mailweir route add to other\.example direct/.test(more.err)], [3, true]);
    assert.equal((await run('alias', 'add', 'info@example.org', 'sales@example.org')).code, 0);
  });
});
