import { parseAccountId } from '../../core/values/address.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { flagsOf } from './flags-of.ts';
import { letter } from './letters.ts';

const batch = 500;

/** Fills INBOX of an account that is there, 500 messages a commit. */
export async function fillEmbedded(dataDir: string, account: string, count: number): Promise<void> {
  const world = await openEmbeddedWorld({ dataDir });
  try {
    const inbox = await world.mailboxes.find(parseAccountId(account) as never, 'INBOX');
    if (inbox === undefined) throw new Error(`${account} has no INBOX`);
    for (let at = 0; at < count; at += batch) {
      const numbers = Array.from({ length: Math.min(batch, count - at) }, (_, i) => at + i);
      const staged = await Promise.all(numbers.map((i) => world.bodies.stage(once(letter(i)))));
      await world.mailboxes.append(
        inbox.id,
        staged.map((body, i) => ({
          body,
          prefix: 'Return-Path: <someone@news.example.net>\r\n',
          flags: flagsOf(at + i),
          internalDate: 1_600_000_000_000 + (at + i) * 1_500_000,
        })),
      );
    }
  } finally {
    await world.close();
  }
}

async function* once(octets: Uint8Array): AsyncGenerator<Uint8Array> {
  yield octets;
}
