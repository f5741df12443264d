import { readdirSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isBusy } from '../sqlite/connection.ts';
import { makePrivate } from '../sqlite/open-database.ts';

const patience = 10_000; // ms, for other processes that open it at the same time

const schema = `
  CREATE TABLE IF NOT EXISTS keys (key TEXT PRIMARY KEY, n INTEGER NOT NULL, lim INTEGER, written INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS entries (
    key TEXT NOT NULL, holder TEXT NOT NULL, count INTEGER NOT NULL, version TEXT NOT NULL, PRIMARY KEY (key, holder)
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS holders (id TEXT PRIMARY KEY, state TEXT NOT NULL, leaseUntil INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS asks (id INTEGER PRIMARY KEY, holder TEXT NOT NULL, request TEXT NOT NULL);
`;

/**
 * A file that nothing syncs may be damaged when the machine goes down, and its leases mean nothing to the next boot, whose clock starts at 0.
 * So each boot has a file of its own, and what earlier boots left is deleted unread.
 */
export function fileOfBoot(file: string, boot: string | undefined): string {
  if (boot === undefined) return file;
  const extension = extname(file);
  return join(dirname(file), `${basename(file, extension)}-${boot.replaceAll(/[^0-9a-zA-Z]/g, '').slice(0, 12)}${extension}`);
}

/** Deletes the files of other boots. No process of this machine can have one open. */
export function removeOtherBoots(file: string, boot: string | undefined): void {
  if (boot === undefined) return;
  const extension = extname(file);
  const family = basename(file, extension);
  const kept = basename(fileOfBoot(file, boot));
  for (const name of readdirSync(dirname(file))) {
    const isOfFamily = name.startsWith(family) && /^(-[0-9a-zA-Z]{12})?$/.test(name.slice(family.length).split(extension, 1)[0] ?? '');
    if (isOfFamily && !name.startsWith(kept)) rmSync(join(dirname(file), name), { force: true });
  }
}

/** Opens it without ever blocking the event loop for a lock. `synchronous = OFF`: a killed process loses nothing, only the machine could. */
export async function openSlotsDatabase(file: string): Promise<Connection> {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  const deadline = performance.now() + patience;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      database.exec('PRAGMA synchronous = OFF; PRAGMA temp_store = MEMORY');
      // Not again where it stands: that would need the write lock, which a process that stands still may hold for long.
      if (!hasSchema(database)) database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT`);
      return new Connection(database);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      if (!isBusy(error) || performance.now() > deadline) {
        database.close();
        throw error;
      }
      await sleep(5 + 10 * Math.random());
    }
  }
}

/** \`asks\` is the last table that is made. */
const hasSchema = (database: DatabaseSync): boolean =>
  database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'asks'").get() !== undefined;
