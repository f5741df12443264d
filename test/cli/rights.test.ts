import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir rights and public', () => {
  it('give rights in a mailbox of an account, tell them, and take them away', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: readonly string[]) => runCli([...words, '--data', data], 'wonderland\n');
    await run('account', 'add', 'alice@example.org');
    assert.equal(
      (await run('rights', 'set', 'alice@example.org', 'Sent', 'Karen@example.org', 'lrc')).out,
      'karen@example.org has lrkx in Sent\n',
    );
    await run('rights', 'set', 'alice@example.org', 'Sent', 'karen@example.org', '+s');
    const taken = await runCli(['rights', 'set', '--data', data, 'alice@example.org', 'Sent', 'karen@example.org', '--', '-r']);
    assert.equal(taken.out, 'karen@example.org has lskx in Sent\n');
    await run('rights', 'set', 'alice@example.org', 'Sent', 'karen@example.org', '+r');
    assert.deepEqual(JSON.parse((await run('rights', 'list', 'alice@example.org', 'Sent', '--json')).out), [
      { mailbox: 'Sent', who: 'alice@example.org', rights: 'lrswipkxtea' },
      { mailbox: 'Sent', who: 'karen@example.org', rights: 'lrskx' },
    ]);
    assert.match((await run('rights', 'list', 'alice@example.org')).out, /^Sent +karen@example\.org +lrskx$/m);
    const removed = await run('rights', 'remove', 'alice@example.org', 'Sent', 'karen@example.org');
    assert.equal(removed.out, 'karen@example.org has no rights of its own in Sent\n');
    assert.equal(JSON.parse((await run('rights', 'list', 'alice@example.org', 'Sent', '--json')).out).length, 1);
  });

  it('say what is wrong', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: readonly string[]) => runCli([...words, '--data', data], 'wonderland\n');
    await run('account', 'add', 'alice@example.org');
    const nowhere = await run('rights', 'set', 'alice@example.org', 'Nowhere', 'anyone', 'lr');
    assert.equal(nowhere.code, 3);
    assert.match(nowhere.err, /there is no mailbox Nowhere/);
    assert.equal((await run('rights', 'set', 'alice@example.org', 'Sent', 'karen', 'lr')).code, 2);
    const capital = await run('rights', 'set', 'alice@example.org', 'Sent', 'anyone', 'LR');
    assert.equal(capital.code, 2);
    assert.match(capital.err, /"LR" are no rights/);
    assert.match((await run('public', 'add', 'inbox')).err, /inbox can be no mailbox/);
    assert.equal((await run('public', 'remove', 'news', '--yes')).code, 3);
  });

  it('make public mailboxes, which anyone may read unless it is said otherwise', async (t) => {
    const data = await temporaryData(t);
    const run = (...words: readonly string[]) => runCli([...words, '--data', data]);
    assert.equal((await run('public', 'add', 'announce/2026')).out, 'added #public/announce/2026\n');
    assert.equal((await run('public', 'add', '#public/board', '--rights', 'none')).out, 'added #public/board\n');
    assert.equal((await run('public', 'add', 'board')).code, 3);
    await run('rights', 'set', 'public', 'board', 'karen@example.org', 'lrswi');
    assert.deepEqual(JSON.parse((await run('public', 'list', '--json')).out), [
      { mailbox: 'announce', messages: 0, anyone: '' },
      { mailbox: 'announce/2026', messages: 0, anyone: 'lr' },
      { mailbox: 'board', messages: 0, anyone: '' },
    ]);
    assert.deepEqual(JSON.parse((await run('rights', 'list', 'public', '--json')).out), [
      { mailbox: 'announce/2026', who: 'anyone', rights: 'lr' },
      { mailbox: 'board', who: 'karen@example.org', rights: 'lrswi' },
    ]);
    assert.equal((await run('alias', 'add', 'board@example.org', '#public/board')).out, 'added board@example.org for #public/board\n');
    assert.equal((await run('alias', 'add', 'other@example.org', '#users/board')).code, 2);
    assert.equal((await run('public', 'remove', 'announce/2026', '--yes')).out, 'removed #public/announce/2026\n');
    assert.equal(JSON.parse((await run('account', 'list', '--json')).out).length, 0);
  });
});
