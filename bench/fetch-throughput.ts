import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { serve } from '../test/harness/served.ts';
import { inTurns } from './in-turns.ts';
import { TagClient } from './large-mailbox/tag-client.ts';
import { end, reference } from './load/child.ts';
import { printMeasured } from './report.ts';

const megabyte = 1_000_000;
/** 100 MB as mailboxes have them: many small messages, and most octets in few large ones. */
const sizes = [...Array<number>(1_500).fill(6_000), ...Array<number>(310).fill(100_000), ...Array<number>(60).fill(megabyte)];

/** How fast one client gets the bodies of a whole mailbox, beside reading the files they lie in. */
export async function benchFetch(): Promise<void> {
  const mail = await serve({ accounts: { 'alice@example.test': 'wonderland' } });
  try {
    const client = new TagClient(mail.ports['imap/port']);
    await client.greeted();
    await client.ask('LOGIN alice@example.test wonderland');
    for (const [n, size] of sizes.entries()) {
      const message = messageOf(n, size);
      await client.ask(`APPEND INBOX {${message.length}+}\r\n`, message);
    }
    await client.ask('EXAMINE INBOX');
    const fetched = async (): Promise<number> => {
      const { ms, octets } = await client.ask('UID FETCH 1:* BODY.PEEK[]');
      return octets / megabyte / (ms / 1000);
    };
    const bodies = join(mail.dataDir, 'bodies');
    const what = `IMAP FETCH of ${sizes.length} bodies, 100 MB, by one client`;
    const bare = await inTurns(fetched, () => readBare(bodies));
    printMeasured({ what, unit: 'MB/s', ...bare, referenceName: 'the same files read bare' });
    const server = await reference('bare-files.ts', [bodies]);
    const sent = await inTurns(fetched, () => receive(server.ports[0] ?? 0));
    printMeasured({ what, unit: 'MB/s', ...sent, referenceName: 'the same files sent bare over a socket' });
    await end(server.child);
    client.end();
  } finally {
    await mail.stop();
  }
}

async function readBare(directory: string): Promise<number> {
  const since = performance.now();
  let octets = 0;
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for await (const chunk of createReadStream(join(entry.parentPath, entry.name))) octets += (chunk as Buffer).length;
  }
  return octets / megabyte / ((performance.now() - since) / 1000);
}

async function receive(port: number): Promise<number> {
  const since = performance.now();
  let octets = 0;
  const socket = connect(port, '127.0.0.1').on('data', (chunk: Buffer) => {
    octets += chunk.length;
  });
  await once(socket, 'close');
  return octets / megabyte / ((performance.now() - since) / 1000);
}

/** Nothing in it repeats, so that no layer can be clever. */
function messageOf(n: number, size: number): Buffer {
  const lines = [`Subject: number ${n}`, 'Content-Type: application/octet-stream', 'Content-Transfer-Encoding: base64', ''];
  for (let i = 0, octets = 0; octets < size; i += 1, octets += 90) lines.push(createHash('sha512').update(`${n} ${i}`).digest('base64'));
  return Buffer.from(`${lines.join('\r\n')}\r\n`, 'latin1');
}
