// The package smtp-server alone, each message written to a file of its own and synced before its 250: what our listener stands on.
import { mkdtempSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';
import { withoutGreetingDelay } from './without-greeting-delay.ts';

const folder = mkdtempSync(join(process.env.BENCH_DIR ?? tmpdir(), 'bare-'));
let messages = 0;

withoutGreetingDelay();
const server = new SMTPServer({
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData: (stream, _session, done) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      store(Buffer.concat(chunks)).then(() => done(), done);
    });
  },
});

async function store(message: Buffer): Promise<void> {
  const file = await open(join(folder, String(messages++)), 'wx');
  await file.writeFile(message);
  await file.sync();
  await file.close();
}

const listening = server.listen(0, '127.0.0.1', () => {
  console.log(`ready ${(listening.address() as { port: number }).port}`);
});
