import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli } from './run-cli.ts';

describe('mailweir plan', () => {
  it('reckons for accounts and their habits, without a stage or data', async () => {
    const [text, json] = await Promise.all([
      runCli(['plan', '--accounts', '250']),
      runCli(['plan', '--accounts', '250', '--imap-open', '4', '--json']),
    ]);
    assert.match(text.out, /^FOR +DOLLARS +WHAT\nbalancer +\d/);
    assert.match(text.out, /\nall +\d+\.\d\d +\d+\.\d\d an account\n/);
    assert.match(text.out, /\ndeploy {2}-c smtpCpu=256 /);
    const { habits, sizes } = JSON.parse(json.out);
    assert.deepEqual([habits.imapOpen, sizes.mailbox.open], [4, 1000]);
  });

  it('says what an option takes', async () => {
    const [none, many, half, route] = await Promise.all([
      runCli(['plan']),
      runCli(['plan', '--accounts', '1e9']),
      runCli(['plan', '--accounts', '10', '--deleted', '1.5']),
      runCli(['plan', '--accounts', '10', '--route', 'pigeon']),
    ]);
    assert.match(none.err, /for how many accounts\?/);
    assert.match(many.err, /--accounts takes a number, 1 to 10000000/);
    assert.match(half.err, /--deleted takes a number, 0 to 1/);
    assert.match(route.err, /--route takes ses, smarthost, direct/);
    assert.deepEqual([none.code, many.code, half.code, route.code], [2, 2, 2, 2]);
  });
});
