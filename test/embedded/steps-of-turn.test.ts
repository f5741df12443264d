import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { OutcomeUnknown } from '../../core/slots/slot-store.ts';
import { StepsOfTurn } from '../../platform/embedded/slots/steps-of-turn.ts';
import { Connection } from '../../platform/embedded/sqlite/connection.ts';
import { systemClock } from '../../platform/node/clock.ts';

const directory = mkdtempSync(join(tmpdir(), 'mailweir-steps-'));
after(() => rmSync(directory, { recursive: true }));

function opened(name: string) {
  const database = new DatabaseSync(join(directory, name), { timeout: 0 });
  database.exec('CREATE TABLE IF NOT EXISTS notes (note TEXT NOT NULL)');
  const db = new Connection(database);
  const steps = new StepsOfTurn(db, systemClock);
  const note = (text: string) => steps.add(() => db.run('INSERT INTO notes VALUES (?)', text));
  const notes = (): readonly string[] => db.all<{ note: string }>('SELECT note FROM notes ORDER BY rowid').map((row) => row.note);
  return { database, db, steps, note, notes };
}

describe('steps of one turn', () => {
  it('are done in their order, and each caller has the answer of its own', async () => {
    const { steps, note, notes, db } = opened('order');
    const count = steps.add(() => notes().length);
    const answers = await Promise.all([count, note('a'), steps.add(() => notes().length), note('b')]);
    assert.deepEqual(answers, [0, 1, 1, 1]);
    assert.deepEqual(notes(), ['a', 'b']);
    db.close();
  });

  it('do not suffer from one that fails, and it leaves nothing behind', async () => {
    const { steps, note, notes, db } = opened('failing');
    const bad = steps.add(() => {
      db.run('INSERT INTO notes VALUES (?)', 'half');
      throw new Error('no');
    });
    const others = [note('a'), note('b')];
    await assert.rejects(bad, /no/);
    await Promise.all(others);
    assert.deepEqual(notes(), ['a', 'b']);
    db.close();
  });

  it('have no known outcome while another process holds the lock, and none of them is done later', async () => {
    const { note, notes, db } = opened('locked');
    const other = new DatabaseSync(join(directory, 'locked'));
    other.exec('BEGIN IMMEDIATE');
    await Promise.all([note('a'), note('b')].map((step) => assert.rejects(step, OutcomeUnknown)));
    other.exec('COMMIT');
    await note('c');
    assert.deepEqual(notes(), ['c']);
    other.close();
    db.close();
  });

  it('that were asked for before the end are done before it', async () => {
    const { steps, note, notes, db } = opened('end');
    const last = note('last');
    await steps.close();
    assert.deepEqual(notes(), ['last']);
    assert.equal(await last, 1);
    db.close();
  });
});
