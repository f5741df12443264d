import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import type { EventLog } from '../../core/observe/event-log.ts';
import { inNumberSet } from '../../core/values/number-set.ts';
import { TextIndexer } from '../../platform/embedded/text/text-indexer.ts';
import { removeTexts } from '../../platform/embedded/text/texts.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { alice, inboxOf, stage } from '../contract/worlds.ts';
import { until } from '../harness/edge.ts';

const log = {
  event: () => {},
  failure: (_: string, error: unknown) => {
    throw error;
  },
};

async function filled(t: TestContext, told: EventLog = log) {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const world = await openEmbeddedWorld({ dataDir });
  const indexers: TextIndexer[] = [];
  t.after(async () => {
    await Promise.all(indexers.map((indexer) => indexer.close()));
    await world.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const inbox = await inboxOf(world, alice);
  const say = async (words: string): Promise<void> => {
    const body = await stage(world, `Subject: s\r\n\r\n${words}\r\n`);
    await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 0 }]);
  };
  /** The index knows this message, since it can say that a word is not in it. */
  const isKnown = async (uid: number): Promise<boolean> => {
    const [ruled = []] = await world.textIndex.ruledOut(inbox.id, [{ from: 1, to: 1_000 }], ['HIPPOPOTAMUS']);
    return inNumberSet(ruled, uid);
  };
  const start = (isWanted = () => true): TextIndexer => {
    const indexer = new TextIndexer({ ...world.indexing, isWanted, log: told });
    indexers.push(indexer);
    return indexer;
  };
  return { world, say, isKnown, start };
}

describe('the filling of the index of texts', () => {
  it('takes in what is there and what comes', async (t) => {
    const { say, isKnown, start } = await filled(t);
    await say('one');
    start();
    await until('the first to be known', () => isKnown(1));
    await say('two');
    await until('the second to be known', () => isKnown(2));
  });

  it('is one process’s work, and another’s when that one has ended', async (t) => {
    const { say, isKnown, start } = await filled(t);
    const first = start();
    start();
    await say('one');
    await until('it to be known', () => isKnown(1));
    await first.close();
    await say('two');
    await until('the second process to go on', () => isKnown(2));
  });

  it('stops while it is not wanted', async (t) => {
    const { say, isKnown, start } = await filled(t);
    let wanted = false;
    start(() => wanted);
    await say('one');
    assert.equal(await isKnown(1), false);
    wanted = true;
    await until('it to be known', () => isKnown(1));
  });

  it('makes one of an older version anew, and nobody believes the old one meanwhile', async (t) => {
    const { world, say, isKnown, start } = await filled(t);
    await say('one');
    using old = new DatabaseSync(world.indexing.texts);
    old.exec("CREATE VIRTUAL TABLE texts USING fts5 (text, content = '', contentless_delete = 1, detail = 'none', tokenize = 'trigram')");
    old.exec('CREATE TABLE indexed (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, whole INTEGER NOT NULL)');
    old.exec(`ATTACH '${world.indexing.mail}' AS mail; INSERT INTO indexed SELECT seq, id, 1 FROM mail.bodies; PRAGMA user_version = 1`);
    assert.equal(await isKnown(1), false);
    old.close();
    start();
    await until('it to be known anew', () => isKnown(1));
  });

  it('begins anew when the index was taken away between two starts', async (t) => {
    const { world, say, isKnown, start } = await filled(t);
    await say('one');
    const first = start();
    await until('it to be known', () => isKnown(1));
    await first.close();
    for (const end of ['', '-wal', '-shm']) rmSync(`${world.indexing.texts}${end}`, { force: true });
    start();
    const again = await openEmbeddedWorld({ dataDir: join(world.indexing.mail, '..') });
    t.after(() => again.close());
    const inbox = await again.mailboxes.find(alice, 'INBOX');
    await until('it to be known again', async () => {
      const [ruled = []] = await again.textIndex.ruledOut(inbox?.id as never, [{ from: 1, to: 10 }], ['HIPPOPOTAMUS']);
      return inNumberSet(ruled, 1);
    });
  });

  for (const broken of ['as a file', 'inside'] as const) {
    it(`begins anew when the index is broken ${broken}, and says so once`, async (t) => {
      const events: string[] = [];
      const { world, say, isKnown, start } = await filled(t, { event: (name) => void events.push(name), failure: log.failure });
      const { texts } = world.indexing;
      await say('one');
      const first = start();
      await until('it to be known', () => isKnown(1));
      await first.close();
      if (broken === 'inside') spoil(texts);
      else {
        removeTexts(texts);
        writeFileSync(texts, 'this is no database'.repeat(1_000));
      }
      await say('two');
      start();
      await until('both to be known', async () => (await isKnown(1)) && (await isKnown(2)));
      await until('it to be told', async () => events.length > 0);
      assert.deepEqual(events, ['text-index-renewed']);
    });
  }

  it('rests longer each time when it fails again and again', async (t) => {
    const failures: unknown[] = [];
    const told: EventLog = { event: () => {}, failure: (_name, _error, { again } = {}) => void failures.push(again) };
    const { world, start } = await filled(t, told);
    mkdirSync(world.indexing.texts);
    start();
    await until('it to have failed twice', async () => failures.length >= 2);
    assert.deepEqual(failures.slice(0, 2), ['2 s', '4 s']);
  });
});

/** All pages but the first: it is still a database, and nothing in it can be read. */
function spoil(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  database.close();
  const octets = readFileSync(file);
  const pageSize = octets.readUInt16BE(16);
  octets.fill(0xee, pageSize);
  writeFileSync(file, octets);
}
