import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { PackedTextIndex } from '../../core/mailbox/search/packed-index.ts';
import type { TextIndex } from '../../core/mailbox/search/text-index.ts';
import type { World } from '../../core/world.ts';
import { openForReading } from '../../platform/embedded/sqlite/open-database.ts';
import { indexTurn, sweepTurn } from '../../platform/embedded/text/index-turn.ts';
import { openTextsForWriting } from '../../platform/embedded/text/text-database.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { makeMailPlace } from '../aws/mail-place.ts';
import { endpoint, noEndpoint } from '../aws/slot-tables.ts';

/** A world with an index of texts, and what makes it know what is there. */
export interface IndexedWorld extends Pick<World, 'mailboxes' | 'bodies' | 'accounts'> {
  readonly textIndex: TextIndex;
  /** It is filled by searches, and not by itself. */
  readonly learns: boolean;
  /** Mailboxes that are tried: each costs an emulator some seconds. */
  readonly runs: number;
  /** Takes in what is there, where that is not the searches' doing. */
  fill(): Promise<void>;
}

export interface IndexedWorldOfTests {
  readonly name: string;
  readonly skip: string | false;
  open(t: TestContext): Promise<IndexedWorld>;
}

/** The worlds that the contract of TextIndex is run over; that of searches which leave signatures is also run where no S3 is. */
export const indexedWorlds: readonly IndexedWorldOfTests[] = [
  { name: 'embedded', skip: false, open: embedded },
  { name: 'signatures in memory', skip: false, open: inMemory },
  { name: 'aws', skip: noEndpoint, open: aws },
];

async function embedded(t: TestContext): Promise<IndexedWorld> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  const { mail, texts, bodyDir } = world.indexing;
  const indexing = { mail: openForReading(mail), texts: openTextsForWriting(texts), bodyDir };
  t.after(async () => {
    indexing.mail.close();
    indexing.texts.close();
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const fill = async (): Promise<void> => {
    while (await indexTurn(indexing));
    for (let from: number | undefined = 0; from !== undefined; ) from = sweepTurn(indexing, from);
  };
  return { ...world, fill, learns: false, runs: 25 };
}

async function inMemory(t: TestContext): Promise<IndexedWorld> {
  const world = await embedded(t);
  const packs = new Map<string, Uint8Array>();
  const textIndex = new PackedTextIndex({
    store: {
      get: async (mailbox, pack) => packs.get(`${mailbox}/${pack}`),
      put: async (mailbox, pack, octets) => void packs.set(`${mailbox}/${pack}`, octets),
    },
    failed: (error) => {
      throw error;
    },
    worthWriting: 1,
  });
  return { ...world, textIndex, fill: async () => {}, learns: true };
}

async function aws(t: TestContext): Promise<IndexedWorld> {
  const place = await makeMailPlace(endpoint ?? '');
  t.after(place.remove);
  const world = await place.open();
  return { ...world, fill: async () => {}, learns: true, runs: 2 };
}
