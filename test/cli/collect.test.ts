import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { accountNamed } from '../harness/edge.ts';
import { runCli, temporaryData } from './run-cli.ts';

const options = ['--host', 'POP.example.net', '--user', 'alice', '--password', 'secret:old-box', '--account', 'alice@example.org'];

describe('mailweir collect', () => {
  it('adds, lists, shows, holds, releases and removes sources', async (t) => {
    const data = await temporaryData(t);
    await addAccount(data);
    const run = (...words: string[]) => runCli(['collect', ...words, '--data', data]);
    const added = await run('add', 'Old-Box', ...options, '--keep', '14d');
    assert.deepEqual([added.code, added.out], [0, 'added old-box: alice at pop.example.net for alice@example.org\n']);
    assert.match(added.err, /the secret old-box is missing: write the password into the file secrets\/old-box/);
    const [listed] = JSON.parse((await run('list', '--json')).out);
    const { name, host, port, tls, user, password, keep, account, enabled, running, lastRun } = listed;
    assert.deepEqual(
      [name, host, port, tls, user, password, keep, account, enabled, running, lastRun],
      ['old-box', 'pop.example.net', 995, 'implicit', 'alice', 'secret:old-box', '14d', 'alice@example.org', true, false, null],
    );
    assert.match((await run('list')).out, /^NAME .*\nold-box +pop\.example\.net:995 +alice +alice@example\.org +due +0 +never +-\n/);
    assert.equal((await run('hold', 'old-box')).code, 0);
    assert.match((await run('show', 'old-box')).out, /^state +held$/m);
    assert.equal((await run('run', 'old-box')).code, 3);
    assert.match((await run('run')).out, /no source is enabled/);
    assert.equal((await run('release', 'old-box')).code, 0);
    assert.match((await run('run', 'old-box')).out, /old-box is due now/);
    assert.equal((await run('remove', 'old-box', '--yes')).code, 0);
    assert.match((await run('list')).out, /no sources/);
    for (const words of [['show'], ['hold'], ['release'], ['run'], ['remove', '--yes']]) {
      assert.equal((await run(words[0] ?? '', 'old-box', ...words.slice(1))).code, 3, words[0]);
    }
  });

  it('takes no password on the command line, and does not repeat what was typed', async (t) => {
    const data = await temporaryData(t);
    await addAccount(data);
    const typed = options.map((word) => (word === 'secret:old-box' ? 'hunter2' : word));
    const { code, err } = await runCli(['collect', 'add', 'old-box', ...typed, '--data', data]);
    assert.equal(code, 2);
    assert.match(err, /takes secret:NAME, never the password itself/);
    assert.doesNotMatch(err, /hunter2/);
  });

  it('refuses what could not work, and a password in the clear unless that is said', async (t) => {
    const data = await temporaryData(t);
    await addAccount(data);
    const add = (...words: string[]) => runCli(['collect', 'add', ...words, '--data', data]);
    assert.match((await add('old-box', ...options, '--tls', 'none')).err, /sends the password in the clear\n.*--insecure/);
    assert.equal((await add('old-box', ...options, '--tls', 'none', '--insecure')).code, 0);
    assert.equal((await add('old-box', ...options)).code, 3, 'the name is taken');
    const elsewhere = options.map((word) => (word === 'alice@example.org' ? 'bob@example.org' : word));
    assert.match((await add('other', ...elsewhere)).err, /there is no account bob@example\.org/);
    for (const [option, value] of [
      ['--tls', 'ssl'],
      ['--port', '0'],
      ['--keep', '5000d'],
      ['--keep', 'yes'],
    ] as const) {
      const { code, err } = await add('other', ...options, option, value);
      assert.deepEqual([code, err.includes(`${option} takes`)], [2, true], `${option} ${value}: ${err}`);
    }
    assert.equal((await add('no name', ...options)).code, 2);
    assert.match((await add('other')).err, /--host is missing/);
  });

  it('tells when it waits for a server that does not run', async (t) => {
    const data = await temporaryData(t);
    await addAccount(data);
    await runCli(['collect', 'add', 'old-box', ...options, '--data', data]);
    const { code, err } = await runCli(['collect', 'run', '--wait', '--timeout', '1', '--data', data]);
    assert.equal(code, 1);
    assert.match(err, /after 1s there is no result of old-box\n.*is the server running\?/);
  });
});

async function addAccount(dataDir: string): Promise<void> {
  const world = await openEmbeddedWorld({ dataDir });
  await world.accounts.add(accountNamed('alice'), 'not a hash');
  await world.close();
}
