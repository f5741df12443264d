import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { Connection } from '../../platform/embedded/sqlite/connection.ts';
import { commitGroup } from '../../platform/embedded/sqlite/group-commit.ts';
import { openForReading, openForWriting } from '../../platform/embedded/sqlite/open-database.ts';
import type { Operation } from '../../platform/embedded/sqlite/write.ts';

async function database(t: TestContext): Promise<{ readonly sql: Connection; readonly reader: Connection }> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const sql = openForWriting(join(dir, 'mail.db'));
  const reader = openForReading(join(dir, 'mail.db'));
  t.after(async () => {
    reader.close();
    sql.close();
    await rm(dir, { recursive: true, force: true });
  });
  return { sql, reader };
}

const operations: Record<string, Operation> = {
  set: ({ sql, effects }, name: string) => {
    effects.settings.add('changed');
    return sql.run('INSERT INTO settings (name, value) VALUES (?, ?)', name, 'x');
  },
  setThenFail: ({ sql, effects }, name: string) => {
    sql.run('INSERT INTO settings (name, value) VALUES (?, ?)', name, 'x');
    effects.mailboxes.add(7);
    throw new RangeError('changed its mind');
  },
  // What a full disk does: SQLite ends the whole transaction by itself.
  breakAll: ({ sql }) => sql.run('ROLLBACK'),
};
const jobs = (...all: readonly (readonly [string, string])[]) => all.map(([name, args], id) => ({ id, name, args }));
const namesIn = (reader: Connection) => reader.all<{ name: string }>('SELECT name FROM settings ORDER BY name').map(({ name }) => name);

describe('a group commit', () => {
  it('lets one operation fail alone, with what it had written and what it would have told', async (t) => {
    const { sql, reader } = await database(t);
    const { outcomes, effects } = commitGroup(
      sql,
      operations,
      jobs(['set', 'a'], ['setThenFail', 'b'], ['nonsense', ''], ['set', 'c']),
      'me',
    );
    assert.deepEqual(
      outcomes.map((outcome) => ('error' in outcome ? outcome.error.message : outcome.value)),
      [1, 'changed its mind', 'no operation nonsense', 1],
    );
    assert.deepEqual(namesIn(reader), ['a', 'c']);
    assert.equal(effects.mailboxes.size, 0);
    assert.equal(reader.all('SELECT * FROM changes').length, 1);
  });

  it('that can not be committed fails for all, and nothing of it is there', async (t) => {
    const { sql, reader } = await database(t);
    const { outcomes, effects } = commitGroup(sql, operations, jobs(['set', 'a'], ['breakAll', ''], ['set', 'c']), 'me');
    assert.ok(outcomes.length === 3 && outcomes.every((outcome) => 'error' in outcome));
    assert.deepEqual([namesIn(reader), effects.settings.size], [[], 0]);
    assert.equal(commitGroup(sql, operations, jobs(['set', 'd']), 'me').effects.settings.size, 1);
  });
});
