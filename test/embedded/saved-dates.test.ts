import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { it } from 'node:test';
import { migrate } from '../../platform/embedded/sqlite/migrate.ts';
import { mailSchema } from '../../platform/embedded/sqlite/migrations/001-mail.ts';
import { outboundSchema } from '../../platform/embedded/sqlite/migrations/002-outbound.ts';

it('messages of a database that kept no saved dates are there as before, and have none', () => {
  const database = new DatabaseSync(':memory:');
  migrate(database, [mailSchema, outboundSchema]);
  database.exec("INSERT INTO messages VALUES (1, 7, 2, 0, 'work', 1000, 3, '', 42)");
  migrate(database);
  const row = database.prepare('SELECT mailbox, uid, date, size, saved FROM messages').get();
  assert.deepEqual({ ...row }, { mailbox: 1, uid: 7, date: 1000, size: 42, saved: null });
  database.close();
});
