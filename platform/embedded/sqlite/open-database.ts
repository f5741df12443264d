import { closeSync, fchmodSync, openSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Connection, isBusy } from './connection.ts';
import { migrate } from './migrate.ts';

const openPatience = 15_000; // ms, for another process that is migrating
const pause = new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread: only for the writer's own thread. @param ms may be a fraction */
export const blockFor = (ms: number): void => void Atomics.wait(pause, 0, 0, ms);

/** Opens the database for writing, creating and migrating it as needed. Blocks while another process does the same. */
export function openForWriting(file: string): Connection {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  const deadline = performance.now() + openPatience;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      // FULL: a commit has returned from fsync before anybody is told of it. The log grows to 32 MB before it is written back.
      database.exec('PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 8192; PRAGMA cache_size = -65536; PRAGMA temp_store = MEMORY');
      migrate(database);
      return new Connection(database);
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) {
        database.close();
        throw error;
      }
      blockFor(5);
    }
  }
}

/** For any thread: never waits for a lock, see `Reads`. The writer must have opened the file before. */
export const openForReading = (file: string): Connection => new Connection(new DatabaseSync(file, { readOnly: true, timeout: 0 }));

/** SQLite gives its companion files (-wal, -shm) the mode of the main file, whatever the umask. */
export function makePrivate(file: string): void {
  const fd = openSync(file, 'a', 0o600);
  try {
    fchmodSync(fd, 0o600);
  } finally {
    closeSync(fd);
  }
}
