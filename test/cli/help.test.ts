import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir', () => {
  it('lists its commands with --help, and as a usage error without words', async () => {
    const [asked, bare] = await Promise.all([runCli(['--help']), runCli([])]);
    for (const command of [
      'serve',
      'account add',
      'alias list',
      'settings profile',
      'sessions',
      'slots',
      'slots clear',
      'explain',
      'override set',
      'queue retry',
    ]) {
      assert.ok(asked.out.includes(command), command);
    }
    assert.deepEqual([asked.code, asked.err, bare.code, bare.out], [0, '', 2, '']);
    assert.ok(bare.err.includes('account add'));
  });

  it('has help for a group and for a command', async () => {
    const [group, command, asked] = await Promise.all(
      [
        ['account', '--help'],
        ['account', 'add', '--help'],
        ['help', 'account'],
      ].map((words) => runCli(words)),
    );
    assert.ok(group && command && asked);
    assert.equal(asked.out, group.out);
    assert.ok(group.out.includes('account password') && !group.out.includes('queue'));
    assert.match(command.out, /^Usage: mailweir account add ADDRESS/);
    assert.deepEqual([group.code, command.code], [0, 0]);
  });

  it('refuses unknown commands and options with a suggestion and exit code 2', async () => {
    const [command, option] = await Promise.all([runCli(['acount', 'list']), runCli(['queue', 'list', '--hedl'])]);
    assert.match(command.err, /there is no command "acount list"; did you mean mailweir account list\?/);
    assert.match(option.err, /there is no option --hedl; did you mean --held\?/);
    assert.deepEqual([command.code, option.code, command.out, option.out], [2, 2, '', '']);
  });

  it('tells its version', async () => {
    const { out, code } = await runCli(['--version']);
    assert.match(out, /^\d+\.\d+\.\d+\n$/);
    assert.equal(code, 0);
  });

  it('prints the settings as they stand in docs/settings.md', async () => {
    const { out } = await runCli(['settings', 'docs']);
    assert.match(out, /^# Settings\n[\s\S]*`imap\/sessions-per-account`/);
  });
});

describe('every command that reads', () => {
  const reading = [
    'account list',
    'alias list',
    'settings list',
    'settings get imap/port',
    'settings profile',
    'sessions',
    'slots',
    'slots clear imap/sessions',
    'override list',
    'explain',
    'explain alice@example.org',
    'queue list',
  ];

  it('prints JSON with --json, also where there is nothing to tell', async (t) => {
    const data = await temporaryData(t);
    await (await openEmbeddedWorld({ dataDir: data })).close();
    for (const command of reading) {
      const { out, err, code } = await runCli([...command.split(' '), '--json', '--data', data]);
      assert.doesNotThrow(() => JSON.parse(out), command);
      assert.deepEqual([code, err], [0, ''], command);
    }
  });

  it('makes nothing in a directory without mail, and says what to do about one that can not be read', async (t) => {
    const data = await temporaryData(t);
    for (const command of reading) {
      const { out, err, code } = await runCli([...command.split(' '), '--data', data]);
      assert.deepEqual([code, out], [1, ''], command);
      assert.match(err, /^mailweir: there is no mail in .*\n {2}start the server once/, command);
    }
    assert.deepEqual(await readdir(data), []);
    await writeFile(join(data, 'mail.db'), 'no database');
    const { err, code } = await runCli(['account', 'list', '--data', data]);
    assert.equal(code, 1);
    assert.match(err, /^mailweir: the data in .* can't be opened\n {2}because: /);
  });

  it('refuses a filter that can fit nothing', async () => {
    for (const [words, said] of [
      [['sessions', '--protocol', 'ftp'], '--protocol takes smtp, msa, pop3, imap; "ftp" is not'],
      [['sessions', '--account', 'alice'], '"alice" is not an address'],
      [['slots', '--limit', '0'], '--limit takes 1–100000; "0" is not'],
    ] as const) {
      const { err, code } = await runCli(words);
      assert.deepEqual([code, err.split('\n')[0]], [2, `mailweir: ${said}`]);
    }
  });
});
