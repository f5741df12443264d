import type { HolderId } from '../../core/values/ids.ts';

/** What the check of UID order needs of a mailbox: one process's way to append, and to see the next UID. */
export interface Appender {
  append(): Promise<{ readonly uid: number; readonly modseq: bigint }>;
}

/** @returns what is wrong with the numbers that appends in several processes at once were given; undefined when all is well */
export async function faultOfUids(appenders: readonly Appender[], each: number): Promise<string | undefined> {
  const given = await Promise.all(appenders.flatMap((appender) => Array.from({ length: each }, () => appender.append())));
  const byUid = given.toSorted((a, b) => a.uid - b.uid);
  for (const [i, { uid, modseq }] of byUid.entries()) {
    if (uid !== i + 1) return `UID ${i + 1} was not given once: ${byUid.map((one) => one.uid).join()}`;
    const before = byUid[i - 1];
    if (before !== undefined && modseq < before.modseq) return `UID ${uid} has MODSEQ ${modseq}, the one before it ${before.modseq}`;
  }
  return undefined;
}

export interface Claimer {
  readonly holder: HolderId;
  claim(most: number): Promise<readonly string[]>;
}

/** @returns what is wrong with the claims of several processes at once on `rows` rows that are due */
export async function faultOfClaims(claimers: readonly Claimer[], rows: number): Promise<string | undefined> {
  const claimed = (await Promise.all(claimers.flatMap((one) => Array.from({ length: rows }, () => one.claim(2))))).flat();
  if (new Set(claimed).size !== claimed.length) return 'a row was claimed twice';
  return claimed.length === rows ? undefined : `${claimed.length} of ${rows} rows were claimed`;
}

export interface Trier {
  claim(): Promise<boolean>;
}

const rounds = 10;
const asksEach = 10;

/** @returns what is wrong with the trials that several processes at once were given of a peer, round after round. @param fail ends the trial */
export async function faultOfTrials(triers: readonly Trier[], fail: () => Promise<void>): Promise<string | undefined> {
  for (let round = 1; round <= rounds; round += 1) {
    await fail();
    const answers = await Promise.all(triers.flatMap((trier) => Array.from({ length: asksEach }, () => trier.claim())));
    const given = answers.filter((answer) => answer).length;
    if (given !== 1) return `${given} got the trial of round ${round}`;
  }
  return undefined;
}
