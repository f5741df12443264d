import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { openProcessSocket, type SessionFacts } from '../../platform/embedded/process-socket.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { runCli, temporaryData } from './run-cli.ts';

const session = (id: string, more: Partial<SessionFacts>): SessionFacts => ({
  id,
  protocol: 'imap',
  address: '192.0.2.7',
  since: Date.now() - 65_000,
  doing: 'IDLE INBOX',
  process: process.pid,
  ...more,
});

describe('mailweir sessions', () => {
  it('shows what the processes answer, oldest first, and what was asked for', async (t) => {
    const data = await temporaryData(t);
    await (await openEmbeddedWorld({ dataDir: data })).close();
    assert.equal((await runCli(['sessions', '--data', data])).out, 'nobody is connected\n');

    const connected = [
      session('S2', { protocol: 'smtp', doing: 'DATA\u001b[2J', since: Date.now() }),
      session('S1', { account: 'alice@example.org' }),
    ];
    const socket = await openProcessSocket(data, () => connected);
    t.after(() => socket.close());

    const { out } = await runCli(['sessions', '--data', data]);
    assert.match(out, /^PROTOCOL +ACCOUNT +ADDRESS +FOR +DOING +PROCESS +ID\nimap +alice@example\.org +192\.0\.2\.7 +1m \d+s +IDLE INBOX/);
    assert.ok(!out.includes('\u001b'));
    const listed = JSON.parse((await runCli(['sessions', '--json', '--account', 'Alice@example.org', '--data', data])).out);
    assert.deepEqual(
      listed.map(({ id, account, doing }: Record<string, unknown>) => [id, account, doing]),
      [['S1', 'alice@example.org', 'IDLE INBOX']],
    );
  });
});
