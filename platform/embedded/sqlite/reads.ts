import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Connection } from './connection.ts';
import { openForReading } from './open-database.ts';
import { retryBusy } from './retry-busy.ts';

/** Rows read before the event loop gets its turn: about a millisecond. */
export const rowsPerTurn = 500;
/** Long reads at once; each holds a connection and, while it lasts, keeps the log from being written back. */
const mostSnapshots = 16;
const idleKept = 4;

/** The process's read-only connections. Everything read here has been committed. */
export class Reads {
  readonly #open: () => Connection;
  readonly #shared: Connection;
  readonly #idle: Connection[] = [];
  readonly #waiting: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** @param open how a connection to the file is made. @default openForReading */
  constructor(file: string, open: (file: string) => Connection = openForReading) {
    this.#open = () => open(file);
    this.#shared = this.#open();
  }

  /** A single statement, which sees one state of the store by itself. */
  one<T>(read: (sql: Connection) => T): Promise<T> {
    return retryBusy(() => read(this.#shared));
  }

  /** One quick look: all statements of `read` see one state of the store. */
  now<T>(read: (sql: Connection) => T): Promise<T> {
    return retryBusy(() => together(this.#shared, () => read(this.#shared)));
  }

  /** A long look at one state of the store, on a connection of its own. `read` may be repeated, and gives up its turn as it goes. */
  async snapshot<T>(read: (sql: Connection) => Promise<T>): Promise<T> {
    while (this.#busy >= mostSnapshots) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy += 1;
    let opened: Connection | undefined;
    try {
      const sql = this.#idle.pop() ?? this.#open(); // fails when no descriptors are left
      opened = sql;
      return await retryBusy(async () => {
        sql.run('BEGIN');
        try {
          return await read(sql);
        } finally {
          if (sql.database.isTransaction) sql.run('ROLLBACK');
        }
      });
    } finally {
      this.#release(opened);
    }
  }

  close(): void {
    this.#closed = true;
    this.#shared.close();
    for (const sql of this.#idle.splice(0)) sql.close();
  }

  #release(sql: Connection | undefined): void {
    this.#busy -= 1;
    if (this.#closed || this.#idle.length >= idleKept) sql?.close();
    else if (sql !== undefined) this.#idle.push(sql);
    this.#waiting.shift()?.();
  }
}

/** Maps rows to an array, giving up the turn now and then. The rows must be of a snapshot's connection. */
export async function collect<Row, T>(rows: Iterable<Row>, map: (row: Row) => T): Promise<readonly T[]> {
  const all: T[] = [];
  for (const row of rows) {
    all.push(map(row));
    if (all.length % rowsPerTurn === 0) await nextTurn();
  }
  return all;
}

function together<T>(sql: Connection, read: () => T): T {
  sql.run('BEGIN');
  try {
    return read();
  } finally {
    if (sql.database.isTransaction) sql.run('ROLLBACK');
  }
}
