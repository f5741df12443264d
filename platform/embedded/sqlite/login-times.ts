import { type LoginTimes, loginWait, longestLoginDelay } from '../../../core/accounts/login-times.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Connection } from './connection.ts';
import { retryBusy } from './retry-busy.ts';

export const loginTimesSchema = `CREATE TABLE logins (account TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX logins_at ON logins (at);`;

const noteUnlessSoon = `INSERT INTO logins (account, at) VALUES (?1, ?2)
  ON CONFLICT (account) DO UPDATE SET at = excluded.at WHERE at <= excluded.at - ?3 OR at > excluded.at + ?3`;
const pruneEvery = 60_000; // ms

export class SqliteLoginTimes implements LoginTimes {
  readonly #sql: Connection;
  #prunedAt = 0;

  constructor(sql: Connection) {
    this.#sql = sql;
  }

  async note(account: AccountId, now: number, least: number): Promise<number | undefined> {
    const noted = await retryBusy(() => this.#sql.run(noteUnlessSoon, account, now, least));
    if (noted === 0) return await this.#wait(account, now, least);
    if (Math.abs(now - this.#prunedAt) > pruneEvery) {
      this.#prunedAt = now;
      await retryBusy(() => this.#sql.run('DELETE FROM logins WHERE at < ?', now - longestLoginDelay));
    }
    return undefined;
  }

  async #wait(account: AccountId, now: number, least: number): Promise<number> {
    const row = await retryBusy(() => this.#sql.get<{ at: number }>('SELECT at FROM logins WHERE account = ?', account));
    return Math.max(1, row === undefined ? 1 : loginWait(row.at, now, least));
  }
}
