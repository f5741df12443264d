import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseAccountId } from '../../core/values/address.ts';
import type { Network } from '../../core/values/network.ts';
import type { World } from '../../core/world.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir account and alias', () => {
  it('add, list, change and remove', async (t) => {
    const data = await temporaryData(t);
    const server = await openEmbeddedWorld({ dataDir: data }); // stands for a running process beside the commands
    t.after(() => server.close());
    const run = (words: string, stdin?: string) => runCli([...words.split(' '), '--data', data], stdin);

    const added = await run('account add Alice@Example.org', 'wonderland\n');
    assert.deepEqual(added, { code: 0, out: 'added alice@example.org\n', err: '' });
    assert.ok(await logsIn(server, 'alice@example.org', 'wonderland'));

    const again = await run('account add alice@example.org', 'other\n');
    assert.equal(again.code, 3);
    assert.match(again.err, /alice@example\.org exists already/);
    assert.ok(await logsIn(server, 'alice@example.org', 'wonderland'));

    assert.equal((await run('account password alice@example.org', 'looking-glass\r\n')).code, 0);
    assert.ok(await logsIn(server, 'alice@example.org', 'looking-glass'));
    assert.ok(!(await logsIn(server, 'alice@example.org', 'wonderland')));

    assert.equal((await run('alias add sales@example.org alice@example.org bob@elsewhere.example')).code, 0);
    assert.deepEqual(JSON.parse((await run('alias list --json')).out), [
      { address: 'sales@example.org', targets: ['alice@example.org', 'bob@elsewhere.example'] },
    ]);
    assert.equal((await run('alias add alice@example.org bob@elsewhere.example')).code, 3);
    assert.match((await run('alias list')).out, /^ADDRESS +LEADS TO\nsales@example\.org {2}alice@example\.org, bob@elsewhere\.example\n$/);

    const listed = JSON.parse((await run('account list --json')).out);
    assert.deepEqual(
      listed.map(({ account }: { account: string }) => account),
      ['alice@example.org'],
    );
    assert.ok(!JSON.stringify(listed).includes('argon2'));

    assert.equal((await run('alias remove sales@example.org')).code, 0);
    assert.equal((await run('account remove alice@example.org')).code, 0);
    assert.deepEqual(JSON.parse((await run('account list --json')).out), []);
    const gone = await run('account remove alice@example.org');
    assert.equal(gone.code, 3);
    assert.match(gone.err, /there is no account alice@example\.org/);
  });

  it('take no password from the command line, and none that is empty or could be none', async (t) => {
    const data = await temporaryData(t);
    const add = (stdin: string, ...more: string[]) => runCli(['account', 'add', 'alice@example.org', '--data', data, ...more], stdin);
    const [argv, option, empty, control, long] = await Promise.all([
      add('x\n', 'wonderland'),
      add('x\n', '--password=wonderland'),
      add('\n'),
      add('a\u0007b\n'),
      add(`${'x'.repeat(100_000)}\n`),
    ]);
    assert.deepEqual([argv.code, option.code, empty.code, control.code, long.code], [2, 2, 2, 3, 3]);
    assert.match(empty.err, /no password came on stdin/);
    const list = await runCli(['account', 'list', '--data', data]);
    assert.match(list.err, /there is no mail in/);
    assert.equal(list.code, 1);
  });

  it('refuse what is no address with exit code 2', async (t) => {
    const data = await temporaryData(t);
    const { code, err } = await runCli(['account', 'add', 'alice', '--data', data], 'x\n');
    assert.equal(code, 2);
    assert.match(err, /"alice" is not an address/);
  });
});

async function logsIn({ accounts, passwords }: World, name: string, password: string): Promise<boolean> {
  const id = parseAccountId(name);
  const account = id === undefined ? undefined : await accounts.find(id);
  return account !== undefined && (await passwords.verify(password, account.passwordHash, '127.0.0.1/32' as Network)) === true;
}
