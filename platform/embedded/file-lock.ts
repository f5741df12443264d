import { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqlite/connection.ts';

/**
 * A lock of the operating system on a file, which goes when its process ends, however it ends. It is SQLite's, as Node has none of its own.
 * @returns the lock, held until it is closed; undefined when somebody else has it
 */
export function tryLock(file: string): { close(): void } | undefined {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (isBusy(error)) return undefined;
    throw error;
  }
}
