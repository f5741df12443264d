import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { runCli, temporaryData } from './run-cli.ts';

describe('mailweir quota', () => {
  it('shows what an account has, and gives it a quota of its own', async (t) => {
    const data = await temporaryData(t);
    const run = (words: string, stdin?: string) => runCli([...words.split(' '), '--data', data], stdin);
    const shown = async () => JSON.parse((await run('quota show alice@example.org --json')).out);
    await run('account add alice@example.org', 'wonderland\n');
    await run('settings set mailbox/quota 1GB');

    const usage = { octets: 0, messages: 0 };
    assert.deepEqual(await shown(), { account: 'alice@example.org', usage, limit: { octets: 1024 ** 3, messages: 0 }, own: {} });
    assert.match((await run('quota show alice@example.org')).out, /octets +0 +1GB +setting\nmessages +0 +unlimited +setting/);

    assert.equal((await run('quota set alice@example.org --octets 5GB')).out, 'set the quota of alice@example.org\n');
    await run('quota set alice@example.org --messages 100');
    assert.deepEqual((await shown()).own, { octets: 5 * 1024 ** 3, messages: 100 });
    await run('quota set alice@example.org --octets unlimited');
    assert.deepEqual((await shown()).limit, { octets: 0, messages: 100 });
    const back = await run('quota set alice@example.org --octets default --messages default');
    assert.equal(back.out, 'alice@example.org goes by the settings\n');
    assert.deepEqual((await shown()).own, {});
  });

  it('says what is wrong', async (t) => {
    const data = await temporaryData(t);
    const run = (words: string, stdin?: string) => runCli([...words.split(' '), '--data', data], stdin);
    await run('account add alice@example.org', 'wonderland\n');
    assert.equal((await run('quota set bob@example.org --octets 1GB')).code, 3);
    assert.equal((await run('quota show bob@example.org')).code, 3);
    assert.equal((await run('quota set alice@example.org')).code, 2);
    assert.equal((await run('quota set alice@example.org --octets lots')).code, 3);
  });
});
