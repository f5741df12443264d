import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Mailbox } from '../../core/mailbox/mailbox-store.ts';
import type { StagedBody } from '../../core/mailbox/message-bodies.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { World } from '../../core/world.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';

/** One store, looked at through as many worlds as a test opens: each stands for a process. */
export interface Place {
  open(): Promise<World>;
}

/** The worlds that every port's contract is run over. */
export const worlds: readonly { readonly name: string; readonly skip: string | false; place(t: TestContext): Promise<Place> }[] = [
  { name: 'embedded', skip: false, place: embeddedPlace },
];

async function embeddedPlace(t: TestContext): Promise<Place> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const opened: World[] = [];
  t.after(async () => {
    await Promise.all(opened.map((world) => world.close()));
    await rm(dataDir, { recursive: true, force: true });
  });
  return {
    async open() {
      const world = await openEmbeddedWorld({ dataDir });
      opened.push(world);
      return world;
    },
  };
}

export const alice = 'alice@example.org' as AccountId;
export const bob = 'bob@example.org' as AccountId;

type Named = Pick<World, 'accounts'> & { readonly mailboxes: Pick<World['mailboxes'], 'find'> };

export async function inboxOf(world: Named, account: AccountId): Promise<Mailbox> {
  await world.accounts.add(account, 'not a hash');
  return await mailboxNamed(world, account, 'INBOX');
}

export async function mailboxNamed(world: Named, account: AccountId, name: string): Promise<Mailbox> {
  const mailbox = await world.mailboxes.find(account, name);
  if (mailbox === undefined) throw new Error(`no mailbox ${name}`);
  return mailbox;
}

export const stage = (world: Pick<World, 'bodies'>, body: string | Uint8Array): Promise<StagedBody> =>
  world.bodies.stage(inChunks(Buffer.from(body)));

export async function* inChunks(body: Buffer, size = 10_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < body.length; at += size) yield body.subarray(at, at + size);
}

export async function read(world: Pick<World, 'bodies'>, id: StagedBody['id'], from = 0, to = Number.POSITIVE_INFINITY): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of world.bodies.read(id, from, to)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}

export const letter = (subject: string): string => `From: bob@example.org\r\nSubject: ${subject}\r\n\r\nHello.\r\n`;

export async function collected<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
