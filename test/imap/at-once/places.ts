import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Mailbox, MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../../../core/mailbox/message-bodies.ts';
import { messageFacts } from '../../../core/message/parse-message.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import type { World } from '../../../core/world.ts';
import { openEmbeddedWorld } from '../../../platform/embedded/world.ts';
import { systemNewId } from '../../../platform/node/new-id.ts';
import { SmallMail } from '../../aws/small-mail.ts';
import { alice, type OpenImap, openImap } from '../open-imap.ts';

/** Processes over one store, each with a listener. */
export interface Processes {
  readonly edges: readonly OpenImap[];
  close(): Promise<void>;
}

/** What a world's mailboxes are before a listener sees them. */
export type Spoil = (mailboxes: MailboxStore) => MailboxStore;

async function over(worlds: readonly World[], spoil: Spoil, closeAll: () => Promise<unknown>): Promise<Processes> {
  const edges = await Promise.all(worlds.map((world) => openImap({}, undefined, { ...world, mailboxes: spoil(world.mailboxes) })));
  return {
    edges,
    close: async () => {
      await Promise.all(edges.map((edge) => edge.close()));
      await closeAll();
    },
  };
}

/** @param count processes on one database */
export async function embeddedProcesses(count: number, spoil: Spoil = (mailboxes) => mailboxes): Promise<Processes> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-at-once-'));
  const worlds: World[] = [];
  for (let i = 0; i < count; i++) worlds.push(await openEmbeddedWorld({ dataDir }));
  await worlds[0]?.accounts.add(alice, 'no hash');
  return over(worlds, spoil, async () => {
    for (const world of worlds) await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
}

/** Processes on one table of mail, which is in memory; names are a list, and bodies a map. */
export async function dynamoProcesses(count: number): Promise<Processes> {
  const mail = new SmallMail();
  const named = new Map<string, Mailbox>();
  const octets = new Map<string, Buffer>();
  const newId = systemNewId();
  const names: Pick<MailboxStore, 'find' | 'create'> = {
    find: async (_, name) => named.get(name),
    create: async (account, name) => {
      const mailbox = { id: mail.mailbox(name), account, name, uidValidity: 1 };
      named.set(name, mailbox);
      return mailbox;
    },
  };
  const bodies = bodiesInMemory(octets, mail.objects, () => newId() as BodyId);
  const changes = { watch: watched(mail) };
  const processes = Array.from({ length: count }, () => mail.process());
  const worlds = processes.map(({ store }) => ({ mailboxes: { ...store, ...names }, bodies, changes, newId }) as unknown as World);
  return over(worlds, (mailboxes) => mailboxes, async () => Promise.all(processes.map((process) => process.atRest()))); // biome-ignore format: one thought
}

const bodiesInMemory = (octets: Map<string, Buffer>, objects: Set<string>, newId: () => BodyId): MessageBodies => ({
  async stage(source) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of source) chunks.push(chunk);
    const id = newId();
    const parser = messageFacts();
    parser.write(Buffer.concat(chunks));
    octets.set(id, Buffer.concat(chunks));
    objects.add(`spool/${id}`);
    return { id, facts: parser.end() };
  },
  async discard() {},
  async *read(id, from, to) {
    const body = octets.get(id) ?? octets.get(id.slice(1));
    if (body === undefined) throw new BodyMissing(`body ${id} is gone`);
    yield body.subarray(from, Math.min(to, body.length));
  },
});

/** Looks at the row at each turn while somebody watches: what processes tell each other stands elsewhere. */
function watched(mail: SmallMail): World['changes']['watch'] {
  const watchers = mail.watchers();
  return (mailbox, heard) => {
    let isWatching = true;
    const look = async (): Promise<void> => {
      for (let last = await watchers.modseqOf(mailbox); isWatching; await nextTurn()) {
        const now = await watchers.modseqOf(mailbox);
        if (now !== last) heard();
        last = now;
      }
    };
    void look();
    return () => {
      isWatching = false;
    };
  };
}
