import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Takes the slots file's write lock, as a process does that was stopped in the wrong moment: from now on the store answers nobody. */
export function stopSlotStore(dataDir: string): { goOn(): void } {
  const [file, ...others] = readdirSync(dataDir).filter((name) => /^slots.*\.db$/.test(name));
  assert.ok(file !== undefined && others.length === 0, 'one slots file');
  const database = new DatabaseSync(join(dataDir, file), { timeout: 5_000 });
  database.exec('BEGIN IMMEDIATE');
  let isStopped = true;
  return {
    goOn: () => {
      if (isStopped) database.close();
      isStopped = false;
    },
  };
}
