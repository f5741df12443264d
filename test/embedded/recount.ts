import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { deletedBit, seenBit } from '../../core/mailbox/stored-flags.ts';
import { type BlockRow, blockOf, entriesOf, type FlagEntry } from '../../platform/embedded/sqlite/flag-block.ts';

interface Counted {
  readonly id: number;
  readonly messages: number;
  readonly unseen: number;
  readonly deleted: number;
  readonly size: number;
  readonly recent: number;
  readonly recent_from: number;
  readonly uid_next: number;
  readonly highest_modseq: number;
}

/** Counts everything anew, from what stands in the file: each message has its flags, no flags are without one, and the counts are theirs. */
export function assertCounted(database: DatabaseSync): void {
  const all = <T>(sql: string, ...params: number[]): readonly T[] => database.prepare(sql).all(...params) as unknown as readonly T[];
  for (const mailbox of all<Counted>('SELECT * FROM mailboxes')) {
    const messages = all<{ uid: number; size: number }>('SELECT uid, size FROM messages WHERE mailbox = ? ORDER BY uid', mailbox.id);
    const blocks = all<BlockRow>('SELECT block, modseq, packed, keywords FROM flag_blocks WHERE mailbox = ? ORDER BY block', mailbox.id);
    const entries = blocks.flatMap((block) => checked(block));
    const count = (test: (entry: FlagEntry) => boolean): number => entries.filter(test).length;
    assert.deepEqual(entries.map(({ uid }) => uid), messages.map(({ uid }) => uid)); // biome-ignore format: side by side
    assert.deepEqual(
      [mailbox.messages, mailbox.unseen, mailbox.deleted, mailbox.size, mailbox.recent],
      [
        messages.length,
        count(({ flags }) => (flags & seenBit) === 0),
        count(({ flags }) => (flags & deletedBit) !== 0),
        messages.reduce((sum, { size }) => sum + size, 0),
        count(({ uid }) => uid >= mailbox.recent_from),
      ],
    );
    assert.ok(entries.every(({ uid, modseq }) => uid < mailbox.uid_next && modseq <= mailbox.highest_modseq));
  }
}

function checked(block: BlockRow): readonly FlagEntry[] {
  const entries = entriesOf(block);
  assert.ok(entries.length > 0, 'a block without messages is no row');
  assert.ok(entries.every(({ uid }) => blockOf(uid) === block.block));
  assert.equal(block.modseq, Math.max(...entries.map(({ modseq }) => modseq)));
  return entries;
}

/** Of the database of a data directory, while others may write. */
export function assertCountedIn(file: string): void {
  using database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  database.exec('BEGIN');
  assertCounted(database);
}
