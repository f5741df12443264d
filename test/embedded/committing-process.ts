import { seen } from '../../core/values/flags.ts';
import type { MailboxId, SpoolId } from '../../core/values/ids.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';

/**
 * Writes without end, by ten at once, and says on stdout what has resolved: that is what must be there after this process was killed.
 * Arguments: data directory, mailbox id.
 */
const [dataDir, mailbox] = process.argv.slice(2);
if (dataDir === undefined || mailbox === undefined) throw new Error('usage: committing-process DATA MAILBOX');
const world = await openEmbeddedWorld({ dataDir });

async function work(worker: number): Promise<void> {
  for (let i = 0; ; i += 1) {
    const text = `Subject: ${worker}-${i}\r\n\r\n${'x'.repeat(i % 5 === 0 ? 40_000 : 100)}\r\n`;
    const body = () =>
      world.bodies.stage(
        (async function* () {
          yield Buffer.from(text);
        })(),
      );
    const message = world.newId() as SpoolId;
    const row = { nextHop: { kind: 'local' }, reversePath: '', recipients: [], declared: { eightBit: false, utf8: false } } as const;
    const [added] = await world.spool.add(message, await body(), [row], Date.now());
    process.stdout.write(`spooled ${added?.id} ${text.length}\n`);
    const [appended] = await world.mailboxes.append(mailbox as MailboxId, [{ body: await body(), prefix: '', flags: [], internalDate: 1 }]);
    process.stdout.write(`appended ${appended?.uid} ${text.length}\n`);
    const some = [{ from: Math.max(1, (appended?.uid ?? 1) - 3), to: appended?.uid ?? 1 }];
    await world.mailboxes.changeFlags(mailbox as MailboxId, some, { how: i % 3 === 0 ? 'remove' : 'add', flags: [seen] });
  }
}

await Promise.all(Array.from({ length: 10 }, (_, worker) => work(worker)));
