import assert from 'node:assert/strict';
import { chmod, type FileHandle, mkdir, mkdtemp, open, readdir, readlink, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import type { Identifier } from '../../core/accounts/acl.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { BodyId } from '../../core/values/ids.ts';
import type { Network } from '../../core/values/network.ts';
import { BodyFile } from '../../platform/embedded/files/body-file.ts';
import { prepareDataDir } from '../../platform/embedded/files/data-dir.ts';
import { sweepBodies } from '../../platform/embedded/files/sweep-bodies.ts';
import { migrate } from '../../platform/embedded/sqlite/migrate.ts';
import { mailSchema } from '../../platform/embedded/sqlite/migrations/001-mail.ts';
import { outboundSchema } from '../../platform/embedded/sqlite/migrations/002-outbound.ts';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { alice, inboxOf, letter, stage } from '../contract/worlds.ts';

async function temporary(t: TestContext): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

async function until(isSo: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !isSo(); ) {
    assert.ok(Date.now() < deadline, 'never came true');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

describe('the data directory', () => {
  it('is for its owner alone, whatever the umask says', async (t) => {
    const dataDir = join(await temporary(t), 'data');
    await mkdir(dataDir);
    await chmod(dataDir, 0o755);
    const world = await openEmbeddedWorld({ dataDir });
    const inbox = await inboxOf(world, alice);
    const body = await stage(world, Buffer.alloc(50_000, 'x'));
    await world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
    assert.equal((await stat(dataDir)).mode & 0o777, 0o700);
    const files = await filesBelow(dataDir);
    assert.ok(files.some((file) => file.endsWith(body.id)) && files.some((file) => file.endsWith('mail.db-wal')), files.join());
    for (const file of files) assert.equal((await stat(file)).mode & 0o077, 0, file);
    await world.close();
  });

  it('of a newer Mailweir is refused by name and left as it is', async (t) => {
    const dataDir = await temporary(t);
    await (await openEmbeddedWorld({ dataDir })).close();
    const database = new DatabaseSync(join(dataDir, 'mail.db'));
    database.exec('PRAGMA user_version = 99');
    database.close();
    await assert.rejects(openEmbeddedWorld({ dataDir }), /schema version 99/);
  });

  it('may be opened first by several processes at once', async (t) => {
    const dataDir = await temporary(t);
    const worlds = await Promise.all([1, 2, 3].map(() => openEmbeddedWorld({ dataDir })));
    assert.equal((await worlds[1]?.accounts.list())?.length, 0);
    for (const world of worlds) await world.close();
  });

  it('gives secrets by name, and no other file', async (t) => {
    const dataDir = await temporary(t);
    const world = await openEmbeddedWorld({ dataDir });
    await writeFile(join(dataDir, 'secrets', 'smarthost'), 'user:pass\n', { mode: 0o600 });
    assert.equal(await world.secrets.get('smarthost'), 'user:pass');
    for (const name of ['none', '../mail.db', '', '.', '/etc/passwd']) assert.equal(await world.secrets.get(name), undefined, name);
    await world.close();
  });

  it('keeps what was written last when the world is closed at once', async (t) => {
    const dataDir = await temporary(t);
    const world = await openEmbeddedWorld({ dataDir });
    const inbox = await inboxOf(world, alice);
    const body = await stage(world, letter('last'));
    const appended = world.mailboxes.append(inbox.id, [{ body, prefix: '', flags: [], internalDate: 1 }]);
    await world.close();
    assert.equal((await appended)[0]?.uid, 1);
    await assert.rejects(world.mailboxes.claimRecent(inbox.id));
  });
});

describe('after a power cut', () => {
  it('damaged files of an earlier boot that nobody syncs are in nobody’s way', async (t) => {
    const dataDir = await temporary(t);
    for (const name of ['logins.db', 'logins-0123456789ab.db', 'slots-0123456789ab.db'])
      await writeFile(join(dataDir, name), 'no database');
    const world = await openEmbeddedWorld({ dataDir });
    assert.equal(await world.loginFailures.record('192.0.2.0/24' as Network, 1), 1);
    await world.close();
  });

  it('a large body is there: no place for it is taken for durable before the directories above it were synced', {
    skip: process.platform !== 'linux',
  }, async (t) => {
    const { bodies } = await prepareDataDir(await temporary(t));
    const handle = await open(bodies);
    const prototype = Object.getPrototypeOf(handle) as { sync(this: FileHandle): Promise<void> };
    await handle.close();
    const synced: string[] = [];
    const gate = Promise.withResolvers<void>();
    let reached = false;
    const sync = prototype.sync;
    t.mock.method(prototype, 'sync', async function (this: FileHandle) {
      const path = await readlink(`/proc/self/fd/${this.fd}`);
      if (path === join(bodies, 'Z') && !reached) {
        reached = true;
        await gate.promise;
      }
      await sync.call(this);
      synced.push(path);
    });
    const written = async (id: string): Promise<void> => {
      const file = await BodyFile.create(bodies, id as BodyId);
      await file.write(Buffer.from('x'));
      await file.commit();
    };
    const first = written('01BX5ZZKBKACTAV9WEVGEMMVYZ'); // made the directories, and is slow to sync them
    await until(() => reached);
    synced.length = 0;
    await written('01BX5ZZKBKACTAV9WEVGEMM0YZ');
    assert.deepEqual(synced.slice(-3), [join(bodies, 'Z', 'Y'), join(bodies, 'Z'), bodies]);
    gate.resolve();
    await first;
    synced.length = 0;
    await written('01BX5ZZKBKACTAV9WEVGEMM1YZ');
    assert.deepEqual(synced.length, 2, 'once is enough');
  });
});

describe('migrations', () => {
  it('apply only what is missing, all of it or nothing', async (t) => {
    const database = new DatabaseSync(join(await temporary(t), 'x.db'));
    t.after(() => database.close());
    migrate(database, ['CREATE TABLE a (x)']);
    assert.throws(() => migrate(database, ['never run again', 'CREATE TABLE b (x)', 'not SQL']), /syntax error/);
    migrate(database, ['never run again', 'CREATE TABLE b (x)']);
    assert.throws(() => migrate(database, ['never run again']), { name: 'NewerSchema' });
  });

  it('bring a directory of the time before rights to today, with its mail', async (t) => {
    const dataDir = await temporary(t);
    const { mail } = await prepareDataDir(dataDir);
    const database = new DatabaseSync(mail);
    migrate(database, [mailSchema, outboundSchema]);
    database.exec("INSERT INTO accounts VALUES ('alice@example.org', 'example.org', 'hash', 1, 1)");
    database.exec("INSERT INTO mailboxes (account, name, uid_validity) VALUES ('alice@example.org', 'INBOX', 7)");
    database.close();
    const { mailboxes, close } = await openEmbeddedWorld({ dataDir });
    t.after(close);
    const alice = 'alice@example.org' as AccountId;
    const karen = 'karen@example.org' as Identifier;
    assert.equal((await mailboxes.find(alice, 'INBOX'))?.acl, undefined);
    assert.equal(await mailboxes.changeRights(alice, 'INBOX', karen, { how: 'replace', rights: new Set(['l', 'r']) }), 'done');
    const inbox = await mailboxes.find(alice, 'INBOX');
    assert.deepEqual([inbox?.uidValidity, ...(inbox?.acl ?? [])], [7, [karen, 'lr']]);
  });
});

describe('the sweep of body files', () => {
  it('removes old files that no row knows and half-written ones, and touches nothing young or known', async (t) => {
    const { bodies } = await prepareDataDir(await temporary(t));
    const files = {
      known: ['Z', 'Y', '01BX5ZZKBKACTAV9WEVGEMMVYZ'],
      orphan: ['Z', 'Y', '01BX5ZZKBKACTAV9WEVGEMM0YZ'],
      young: ['Z', 'Y', '01BX5ZZKBKACTAV9WEVGEMM1YZ'],
      half: ['tmp', '01BX5ZZKBKACTAV9WEVGEMM2YZ'],
    };
    const now = Date.now();
    await mkdir(join(bodies, 'Z', 'Y'), { recursive: true });
    for (const [name, path] of Object.entries(files)) {
      await writeFile(join(bodies, ...path), 'x');
      if (name !== 'young') await utimes(join(bodies, ...path), now / 1000 - 4000, now / 1000 - 4000);
    }
    const removed = await sweepBodies(bodies, now, async (ids) => ids.filter((id) => id !== files.known.at(-1)));
    assert.equal(removed, 2);
    const left = (await filesBelow(bodies)).map((file) => file.slice(-26)).sort();
    assert.deepEqual(left, [files.young.at(-1), files.known.at(-1)].sort());
  });
});
