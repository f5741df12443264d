import { DatabaseSync } from 'node:sqlite';
import type { LoginFailures } from '../../../core/accounts/login-failures.ts';
import type { LoginTimes } from '../../../core/accounts/login-times.ts';
import { openBootClock } from '../slots/boot-clock.ts';
import { fileOfBoot, removeOtherBoots } from '../slots/open-slots-database.ts';
import { Connection } from './connection.ts';
import { loginFailuresSchema, SqliteLoginFailures } from './login-failures.ts';
import { loginTimesSchema, SqliteLoginTimes } from './login-times.ts';
import { migrate } from './migrate.ts';
import { makePrivate } from './open-database.ts';
import { retryBusy } from './retry-busy.ts';

export interface Logins {
  readonly failures: LoginFailures;
  readonly times: LoginTimes;
  close(): void;
}

/**
 * A file of its own, never synced: what a power cut forgets is ten minutes of failed logins, and when accounts came last. It may damage the
 * file too, so each boot of the machine has one of its own (see fileOfBoot): a damaged one would keep the server from starting, or everybody
 * from logging in.
 */
export async function openLogins(family: string): Promise<Logins> {
  const { boot } = openBootClock();
  removeOtherBoots(family, boot);
  const file = fileOfBoot(family, boot);
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  await retryBusy(() => {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF');
    migrate(database, [loginFailuresSchema, loginTimesSchema]);
  });
  const sql = new Connection(database);
  return { failures: new SqliteLoginFailures(sql), times: new SqliteLoginTimes(sql), close: () => sql.close() };
}
