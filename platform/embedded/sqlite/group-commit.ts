import { type Connection, isBusy } from './connection.ts';
import { blockFor } from './open-database.ts';
import { addEffects, type Effects, noEffects, type Operation } from './write.ts';

/** One operation asked for. */
export interface Job {
  readonly id: number;
  readonly name: string;
  readonly args: unknown;
}

export type Outcome =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string; readonly stack?: string | undefined } };

export interface Committed {
  readonly outcomes: readonly Outcome[];
  readonly effects: Effects;
}

/** How long a group stands in line behind other processes before its jobs are rejected. */
const lockPatience = 10_000; // ms
/** Rows of `changes` that are kept: a process that slept through more of them tells all its watchers. */
const changesKept = 10_000;

/**
 * Runs the jobs in one transaction with one sync for all of them. A job that throws is rolled back to its savepoint and fails alone;
 * when the commit itself fails, all of them fail.
 */
export function commitGroup(
  sql: Connection,
  operations: Readonly<Record<string, Operation>>,
  jobs: readonly Job[],
  writer: string,
): Committed {
  try {
    begin(sql);
    const effects = noEffects();
    const outcomes = jobs.map((job) => runJob(sql, operations, job, effects));
    logChanges(sql, effects, writer);
    sql.run('COMMIT');
    return { outcomes, effects };
  } catch (error) {
    if (sql.database.isTransaction) sql.database.exec('ROLLBACK');
    return { outcomes: jobs.map(({ id }) => failed(id, error)), effects: noEffects() };
  }
}

/** Waits here rather than in SQLite's busy handler, whose steps grow to 100 ms. */
function begin(sql: Connection): void {
  const deadline = performance.now() + lockPatience;
  for (;;) {
    try {
      sql.run('BEGIN IMMEDIATE');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      blockFor(0.2 + Math.random());
    }
  }
}

function runJob(sql: Connection, operations: Readonly<Record<string, Operation>>, job: Job, all: Effects): Outcome {
  const effects = noEffects();
  sql.run('SAVEPOINT job');
  try {
    const operation = operations[job.name];
    if (operation === undefined) throw new Error(`no operation ${job.name}`);
    const value = operation({ sql, effects }, job.args);
    sql.run('RELEASE job');
    addEffects(all, effects);
    return { id: job.id, value };
  } catch (error) {
    // A full disk or an I/O error ends the whole transaction inside SQLite: then nothing of the group stands.
    if (!sql.database.isTransaction) throw error;
    sql.run('ROLLBACK TO job');
    sql.run('RELEASE job');
    return failed(job.id, error);
  }
}

function logChanges(sql: Connection, effects: Effects, writer: string): void {
  const { mailboxes, names, accounts, settings } = effects;
  if (mailboxes.size + names.size + accounts.size + settings.size === 0) return;
  const what = JSON.stringify({ m: [...mailboxes], ...(names.size > 0 && { n: [...names] }), a: [...accounts], s: settings.size });
  const seq = sql.insert('INSERT INTO changes (writer, what) VALUES (?, ?)', writer, what);
  if (seq % 1000 === 0) sql.run('DELETE FROM changes WHERE seq < ?', seq - changesKept);
}

function failed(id: number, error: unknown): Outcome {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  return { id, error: { name, message, stack } };
}
