import { join } from 'node:path';
import { temporaryDir } from './body-file.ts';
import { privateDir } from './private-dir.ts';

/** Where everything stands under the data directory. */
export interface DataDir {
  /** Database of accounts, mailboxes, spool, settings and small bodies. */
  readonly mail: string;
  /** Index of texts, made from the mail, and the lock of the process that fills it. */
  readonly texts: string;
  readonly textsLock: string;
  readonly logins: string;
  readonly slots: string;
  /** What other hosts failed, and holds of operators. */
  readonly failures: string;
  readonly bodies: string;
  readonly secrets: string;
  /** Proofs of life of processes that deliver (HolderLocks). */
  readonly holders: string;
}

export async function prepareDataDir(path: string): Promise<DataDir> {
  const dir: DataDir = {
    mail: join(path, 'mail.db'),
    texts: join(path, 'texts.db'),
    textsLock: join(path, 'texts.lock'),
    logins: join(path, 'logins.db'),
    slots: join(path, 'slots.db'),
    failures: join(path, 'failures.db'),
    bodies: join(path, 'bodies'),
    secrets: join(path, 'secrets'),
    holders: join(path, 'holders'),
  };
  for (const one of [path, dir.bodies, temporaryDir(dir.bodies), dir.secrets, dir.holders]) await privateDir(one);
  return dir;
}
