import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli } from './run-cli.ts';

describe('mailweir', () => {
  it('lists its commands with --help, and as a usage error without words', async () => {
    const [asked, bare] = await Promise.all([runCli(['--help']), runCli([])]);
    for (const command of ['serve', 'account add', 'alias list', 'settings profile', 'sessions', 'slots', 'queue retry']) {
      assert.ok(asked.out.includes(command), command);
    }
    assert.deepEqual([asked.code, asked.err, bare.code, bare.out], [0, '', 2, '']);
    assert.ok(bare.err.includes('account add'));
  });

  it('has help for a group and for a command', async () => {
    const [group, command] = await Promise.all([runCli(['account', '--help']), runCli(['account', 'add', '--help'])]);
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
