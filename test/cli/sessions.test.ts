import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SessionFacts } from '../../core/observe/process-facts.ts';
import { openProcessSocket } from '../../platform/embedded/process-socket.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { answersWith } from '../net/answers.ts';
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
    assert.equal((await runCli(['sessions', '--data', data])).out, `no server runs on ${data}\n`);

    const connected = [
      session('S2', { protocol: 'smtp', doing: 'DATA\u001b[2J', since: Date.now() }),
      session('S1', { account: 'alice@example.org' }),
    ];
    const socket = await openProcessSocket(data, answersWith({ sessions: () => connected }));
    t.after(() => socket.close());

    const { out } = await runCli(['sessions', '--data', data]);
    assert.match(
      out,
      /^ID +PROTOCOL +ACCOUNT +ADDRESS +FOR +PROCESS +DOING\nS1 +imap +alice@example\.org +192\.0\.2\.7 +1m \d+s +\d+ +IDLE INBOX$/m,
    );
    assert.ok(!out.includes('\u001b'));
    const listed = JSON.parse((await runCli(['sessions', '--json', '--account', 'Alice@example.org', '--data', data])).out);
    assert.deepEqual(
      listed.map(({ id, account, doing }: Record<string, unknown>) => [id, account, doing]),
      [['S1', 'alice@example.org', 'IDLE INBOX']],
    );
  });

  it('fits into 100 columns, whatever the names', async (t) => {
    const data = await temporaryData(t);
    await (await openEmbeddedWorld({ dataDir: data })).close();
    const long = { account: `${'a'.repeat(60)}@example.org`, address: '2001:db8::8a2e:370:7334', doing: `FETCH ${'Archive/'.repeat(20)}` };
    const socket = await openProcessSocket(data, answersWith({ sessions: () => [session('S1', long)] }));
    t.after(() => socket.close());

    const [head = '', row = ''] = (await runCli(['sessions', '--data', data])).out.split('\n');
    assert.ok(head.length <= 100 && row.length <= 100, `${head.length} and ${row.length} columns`);
    assert.match(row, /^S1 +imap +a{19}… +2001:db8::8a2e:370:7334 +1m \d+s +\d+ +FETCH Archive.*…$/);
  });
});
