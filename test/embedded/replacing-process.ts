import type { MailboxId } from '../../core/values/ids.ts';
import type { Uid } from '../../core/values/uid.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { stage } from '../contract/worlds.ts';

/**
 * Replaces the one message there is without end, to and fro between two mailboxes, and says so on stdout each time. Arguments: data directory,
 * mailbox and UID of the message, the other mailbox.
 */
const [dataDir = '', here = '', first = '', there = ''] = process.argv.slice(2);
const world = await openEmbeddedWorld({ dataDir });
const places = [here as MailboxId, there as MailboxId];
const placeOf = (i: number): MailboxId => places[Math.floor(i / 2) % 2] as MailboxId; // every second time it stays where it is
let uid = Number(first) as Uid;
for (let i = 0; ; i += 1) {
  const body = await stage(world, `Subject: ${i}\r\n\r\n${'x'.repeat(i % 3 === 0 ? 40_000 : 100)}\r\n`);
  const appended = await world.mailboxes.replace(placeOf(i), uid, placeOf(i + 1), { body, prefix: '', flags: [], internalDate: i });
  if (appended === undefined) throw new Error(`message ${uid} is gone`);
  process.stdout.write(`${i}\n`);
  uid = appended.uid;
}
