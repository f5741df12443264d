import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { MaildropServer } from '../collect/maildrop-server.ts';
import { mail } from '../harness/mail.ts';
import { RawClient } from '../harness/raw-client.ts';
import { serve } from '../harness/served.ts';

const alice = 'alice@example.test';
const kills = Number(process.env.MAILWEIR_KILLS ?? 6);
const boxes = ['red', 'green', 'blue'];

describe(`a server killed ${kills} times at random moments while it collects mail`, () => {
  it('loses no message, gets none twice, and deletes none before it is safe', async (t) => {
    const put = new Set<string>();
    const taken = new Set<string>();
    const source = await MaildropServer.open(t);
    const edge = await serve({ accounts: { [alice]: 'wonderland' } });
    t.after(() => edge.stop());
    await mkdir(join(edge.dataDir, 'secrets'), { recursive: true });
    await writeFile(join(edge.dataDir, 'secrets', 'pop'), 'wonderland\n', { mode: 0o600 });
    const refill = (round: number): void => {
      for (const user of boxes) {
        for (let i = 0; i < 15; i += 1) {
          const subject = `${user}-${round}-${i}`;
          put.add(subject);
          source.put(user, subject, mail({ subject, body: ['x'.repeat(i % 5 === 0 ? 60_000 : 200)] }));
        }
      }
    };
    const server = ['--host', '127.0.0.1', '--port', String(source.port), '--tls', 'none', '--insecure', '--password', 'secret:pop'];
    for (const user of boxes) await edge.mailweir(['collect', 'add', user, ...server, '--user', user, '--account', alice, '--keep', 'no']);

    for (let kill = 0; kill < kills; kill += 1) {
      refill(kill);
      await edge.mailweir(['collect', 'run']);
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 2500)); // a look comes every two seconds
      const { ended } = edge;
      edge.signal('SIGKILL');
      await ended;
      const left = new Set([...source.maildrops.values()].flat().map(({ uidl }) => uidl));
      for (const subject of put) if (!left.has(subject)) taken.add(subject);
      await edge.restart();
      const here = new Set(await subjectsOf(edge.ports['imap/port']));
      assert.deepEqual(
        [...taken].filter((subject) => !here.has(subject)),
        [],
        'deleted there and not here',
      );
    }

    // What the kills left claimed or put off comes now.
    const isEmpty = (): boolean => [...source.maildrops.values()].every((messages) => messages.length === 0);
    for (const deadline = Date.now() + 60_000; !isEmpty() && Date.now() < deadline; ) {
      await edge.mailweir(['collect', 'run']);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    const here = await subjectsOf(edge.ports['imap/port']);
    t.diagnostic(`${put.size} messages, ${source.retrieved.length} times retrieved, ${here.length} in INBOX`);
    assert.deepEqual(here.toSorted(), [...put].toSorted(), 'each once');
    assert.ok(source.retrieved.length >= put.size);
  });
});

async function subjectsOf(port: number): Promise<readonly string[]> {
  const client = await RawClient.open(port);
  try {
    await client.ask('', /\* OK/);
    await client.ask(`a LOGIN ${alice} wonderland\r\n`, /^a OK/m);
    await client.ask('b SELECT INBOX\r\n', /^b OK/m);
    const text = await client.ask('c UID FETCH 1:* (BODY.PEEK[HEADER.FIELDS (SUBJECT)])\r\n', /^c (?:OK|BAD|NO)/m);
    return [...text.matchAll(/^Subject: (\S+)/gm)].map(([, subject]) => subject ?? '');
  } finally {
    client.destroy();
  }
}
