import type { DatabaseSync } from 'node:sqlite';
import { blockOf, type FlagEntry, packBlock } from '../flag-block.ts';

/**
 * Flags of 128 messages side by side share a row, so that a SELECT of 100,000 reads 800 rows and none of what a FETCH needs beyond
 * (docs/adr/0034). `flag_blocks.modseq` is the highest of the block's messages: what changed since is found by it.
 */
export function moveFlagsToBlocks(database: DatabaseSync): void {
  database.exec(`
CREATE TABLE flag_blocks (
  mailbox INTEGER NOT NULL, block INTEGER NOT NULL, modseq INTEGER NOT NULL, packed BLOB NOT NULL, keywords TEXT,
  PRIMARY KEY (mailbox, block)
) WITHOUT ROWID;
`);
  fill(database);
  database.exec(`
CREATE INDEX flag_blocks_modseq ON flag_blocks (mailbox, modseq);
CREATE TABLE slim_messages (
  mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, date INTEGER NOT NULL, body INTEGER NOT NULL, prefix TEXT NOT NULL, size INTEGER NOT NULL,
  saved INTEGER, PRIMARY KEY (mailbox, uid)
) WITHOUT ROWID;
INSERT INTO slim_messages (mailbox, uid, date, body, prefix, size, saved)
  SELECT mailbox, uid, date, body, prefix, size, saved FROM messages ORDER BY mailbox, uid;
DROP TABLE messages;
ALTER TABLE slim_messages RENAME TO messages;
`);
}

interface OldRow extends FlagEntry {
  readonly mailbox: number;
}

function fill(database: DatabaseSync): void {
  const insert = database.prepare('INSERT INTO flag_blocks (mailbox, block, modseq, packed, keywords) VALUES (?, ?, ?, ?, ?)');
  const put = (mailbox: number, entries: readonly FlagEntry[]): void => {
    const { block, modseq, packed, keywords } = packBlock(entries);
    insert.run(mailbox, block, modseq, packed, keywords);
  };
  const rows = database.prepare('SELECT mailbox, uid, modseq, flags, keywords FROM messages ORDER BY mailbox, uid').iterate();
  let [mailbox, entries]: [number, FlagEntry[]] = [0, []];
  for (const row of rows as unknown as Iterable<OldRow>) {
    const [first] = entries;
    if (first !== undefined && (row.mailbox !== mailbox || blockOf(row.uid) !== blockOf(first.uid))) {
      put(mailbox, entries);
      entries = [];
    }
    mailbox = row.mailbox;
    entries.push(row);
  }
  if (entries.length > 0) put(mailbox, entries);
}
