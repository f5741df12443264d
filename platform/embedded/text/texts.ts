import { rmSync } from 'node:fs';
import type { SQLInputValue } from 'node:sqlite';
import { Connection } from '../sqlite/connection.ts';

/** The index can't be read or written as it stands. Nothing is lost: it is made anew from the mail. */
export class TextsBroken extends Error {
  override readonly name = 'TextsBroken';
}

const sqliteCorrupt = 11;
const sqliteNotADatabase = 26;

/** @returns what is to be thrown: SQLite's own error, unless it says that the file is none of its own any more */
export function asBroken(error: unknown): unknown {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  return code === sqliteCorrupt || code === sqliteNotADatabase ? new TextsBroken('the index of texts is broken', { cause: error }) : error;
}

/** The index for the one who fills it: that it is the index that is broken, and not the mail, only the connection knows. */
export class Texts extends Connection {
  override get<Row>(sql: string, ...params: readonly SQLInputValue[]): Row | undefined {
    return told(() => super.get<Row>(sql, ...params));
  }

  override all<Row>(sql: string, ...params: readonly SQLInputValue[]): readonly Row[] {
    return told(() => super.all<Row>(sql, ...params));
  }

  override *iterate<Row>(sql: string, ...params: readonly SQLInputValue[]): Generator<Row, undefined> {
    try {
      for (const row of super.iterate<Row>(sql, ...params)) yield row;
    } catch (error) {
      throw asBroken(error);
    }
  }

  override run(sql: string, ...params: readonly SQLInputValue[]): number {
    return told(() => super.run(sql, ...params));
  }
}

function told<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw asBroken(error);
  }
}

/** The main file first: while it is not there nobody opens what belongs to it. Who has it open goes on with what it was. */
export function removeTexts(file: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(`${file}${end}`, { force: true });
}
