import { failureWindow, type LoginFailures } from '../../../core/accounts/login-failures.ts';
import type { Network } from '../../../core/values/network.ts';
import type { Connection } from './connection.ts';
import { retryBusy } from './retry-busy.ts';

/** Failures are counted per ten seconds, so that an attacker's half million cost sixty rows; one counts up to 10 s longer for it. */
const bucketLength = 10_000; // ms
export const loginFailuresSchema = `CREATE TABLE failures (network TEXT NOT NULL, bucket INTEGER NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (network, bucket)) WITHOUT ROWID;
  CREATE INDEX failures_bucket ON failures (bucket);`;

const countOneMore =
  'INSERT INTO failures (network, bucket, count) VALUES (?, ?, 1) ON CONFLICT (network, bucket) DO UPDATE SET count = count + 1';

export class SqliteLoginFailures implements LoginFailures {
  readonly #sql: Connection;
  #pruned = 0;

  constructor(sql: Connection) {
    this.#sql = sql;
  }

  async record(network: Network, now: number): Promise<number> {
    const bucket = Math.floor(now / bucketLength);
    await retryBusy(() => this.#sql.run(countOneMore, network, bucket));
    if (bucket > this.#pruned) {
      this.#pruned = bucket;
      await retryBusy(() => this.#sql.run('DELETE FROM failures WHERE bucket < ?', oldest(now)));
    }
    return await this.count(network, now);
  }

  count(network: Network, now: number): Promise<number> {
    const sql = 'SELECT coalesce(sum(count), 0) AS n FROM failures WHERE network = ? AND bucket >= ?';
    return retryBusy(() => this.#sql.get<{ n: number }>(sql, network, oldest(now))?.n ?? 0);
  }
}

const oldest = (now: number): number => Math.floor((now - failureWindow) / bucketLength);
