import assert from 'node:assert/strict';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { openForWriting } from '../../platform/embedded/sqlite/open-database.ts';
import { Reads } from '../../platform/embedded/sqlite/reads.ts';

it('long reads that could not be opened do not keep later ones waiting', { timeout: 20_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  const file = join(dir, 'mail.db');
  const writer = openForWriting(file);
  const reads = new Reads(file);
  t.after(() => {
    reads.close();
    writer.close();
  });
  const count = () => reads.snapshot(async (sql) => sql.get<{ n: number }>('SELECT count(*) AS n FROM accounts')?.n);
  await rename(file, `${file}.away`);
  for (let i = 0; i < 20; i += 1) await assert.rejects(count());
  await rename(`${file}.away`, file);
  assert.equal(await count(), 0);
});
