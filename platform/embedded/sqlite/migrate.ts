import type { DatabaseSync } from 'node:sqlite';
import { mailSchema } from './migrations/001-mail.ts';
import { outboundSchema } from './migrations/002-outbound.ts';
import { rightsSchema } from './migrations/004-rights.ts';
import { metadataSchema } from './migrations/005-metadata.ts';
import { savedDatesSchema } from './migrations/006-saved-dates.ts';
import { quotaSchema } from './migrations/007-quota.ts';
import { moveFlagsToBlocks } from './migrations/008-flag-blocks.ts';
import { objectIdsSchema } from './migrations/009-object-ids.ts';
import { envelopeTextsSchema } from './migrations/010-envelope-texts.ts';

/** What brings a database from one version to the next: statements, or work that statements alone cannot do. */
export type Migration = string | ((database: DatabaseSync) => void);

/** Entries are never changed once released, only added. */
const mailMigrations: readonly Migration[] = [
  mailSchema,
  outboundSchema,
  rightsSchema,
  metadataSchema,
  savedDatesSchema,
  quotaSchema,
  moveFlagsToBlocks,
  objectIdsSchema,
  envelopeTextsSchema,
];

/** The data directory was written by a newer Mailweir; going on could destroy what this one does not know. */
export class NewerSchema extends Error {
  override readonly name = 'NewerSchema';
}

/**
 * Brings the schema up to date under the write lock, so that of several processes starting at once one does it and the others find it
 * done. The caller repeats it when the database is busy.
 */
export function migrate(database: DatabaseSync, migrations: readonly Migration[] = mailMigrations): void {
  if (versionOf(database) === migrations.length) return;
  database.exec('BEGIN EXCLUSIVE');
  try {
    const from = versionOf(database);
    if (from > migrations.length) {
      throw new NewerSchema(
        `the data directory has schema version ${from}, this Mailweir knows up to ${migrations.length}: run the newer Mailweir that wrote it`,
      );
    }
    for (const step of migrations.slice(from)) typeof step === 'string' ? database.exec(step) : step(database);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function versionOf(database: DatabaseSync): number {
  return Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
}
