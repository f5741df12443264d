import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { Connection } from '../sqlite/connection.ts';
import { makePrivate } from '../sqlite/open-database.ts';
import { asBroken, Texts } from './texts.ts';

/**
 * The index of texts stands in a database of its own: it can be made anew from the mail at any time, so that it is not synced to disk on the way of a
 * delivery, is in nobody's backup, and its merges hold up no commit of mail.
 *
 * - `texts` holds which three characters in a row stand in a body, no more: without positions and without the text it takes about a third of
 *   the text's size. Its rowid is `bodies.seq`.
 * - `indexed` has a row per body that was looked at. `id` is that of the body, as SQLite gives a `seq` again. `whole` is 0 when the body says nothing in `texts`:
 *   it has too much text, or could not be read.
 */
const schema = `
CREATE VIRTUAL TABLE texts USING fts5 (
  text, content = '', contentless_delete = 1, detail = 'none', tokenize = 'trigram case_sensitive 1'
);
CREATE TABLE indexed (seq INTEGER PRIMARY KEY, id TEXT NOT NULL, whole INTEGER NOT NULL);
CREATE INDEX indexed_silent ON indexed (seq) WHERE whole = 0;
`;
/** To be raised whenever the form changes in which texts are compared. */
const version = 3;

/** For the one who fills it. What an older Mailweir left is made anew. @throws TextsBroken */
export function openTextsForWriting(file: string): Connection {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 2_000 });
  try {
    // NORMAL: a power cut takes away the last turns of the filling, which come again, and never leaves half of one.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY');
    if (versionOf(database) !== version) renew(database);
    return new Texts(database);
  } catch (error) {
    database.close();
    throw asBroken(error);
  }
}

function renew(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE; DROP TABLE IF EXISTS texts; DROP TABLE IF EXISTS indexed');
  database.exec(schema);
  database.exec(`PRAGMA user_version = ${version}; COMMIT`);
}

const versionOf = (database: DatabaseSync, schemaName = 'main'): number =>
  Number(database.prepare(`PRAGMA ${schemaName}.user_version`).get()?.user_version ?? 0);

/** Both databases on one connection that only reads: the mail's tables, and the index as `texts`. */
export function openMailWithTexts(mail: string, texts: string): Connection {
  const database = new DatabaseSync(mail, { readOnly: true, timeout: 0 });
  try {
    database.prepare('ATTACH ? AS texts').run(texts);
    return new Connection(database);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** @returns which file it is: one that was made anew is another. Undefined when there is none */
export const textsFile = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;

/** @returns whether there is an index that this Mailweir can read */
export function areTextsThere(file: string): boolean {
  if (textsFile(file) === undefined) return false;
  const database = new DatabaseSync(file, { readOnly: true, timeout: 0 });
  try {
    return versionOf(database) === version;
  } finally {
    database.close();
  }
}
