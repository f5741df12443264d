import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';

/**
 * One open database with its statements, each prepared once. Row types are what our own schema holds, so they are stated by the caller.
 * A statement that is being iterated must not be used again before the iteration is over: SQLite would reset it.
 */
export class Connection {
  readonly database: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.database = database;
  }

  get<Row>(sql: string, ...params: readonly SQLInputValue[]): Row | undefined {
    return this.#statement(sql).get(...params) as Row | undefined;
  }

  all<Row>(sql: string, ...params: readonly SQLInputValue[]): readonly Row[] {
    return this.#statement(sql).all(...params) as unknown as readonly Row[];
  }

  iterate<Row>(sql: string, ...params: readonly SQLInputValue[]): IterableIterator<Row> {
    return this.#statement(sql).iterate(...params) as unknown as IterableIterator<Row>;
  }

  /** @returns rows changed */
  run(sql: string, ...params: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...params).changes);
  }

  /** @returns the rowid that was given */
  insert(sql: string, ...params: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...params).lastInsertRowid);
  }

  close(): void {
    this.#prepared.clear();
    this.database.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      statement = this.database.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }
}

const sqliteBusy = 5;
const sqliteLocked = 6;

/** Another connection is in the way; the same call can succeed later. */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false;
  const primary = Number(error.errcode) & 0xff;
  return primary === sqliteBusy || primary === sqliteLocked;
}
