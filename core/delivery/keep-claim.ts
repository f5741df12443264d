import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import type { Claim, Spool, SpoolRow } from './spool.ts';

/** How long a claim lasts without being prolonged: a dead process's rows are taken over after this. */
export const claimFor = 30_000; // ms

/** Without a reason of its own an abort makes an error for every message. */
const isDone = 'done';

export const newClaim = (holder: HolderId, clock: Clock): Claim => ({ by: holder, until: clock.now() + claimFor });

/**
 * Prolongs the claim while `work` runs, however long that takes.
 * @param work its signal aborts when the claim was lost: another process delivers the row by now. It may have aborted before `work` begins
 */
export async function keepClaim<T>(
  row: SpoolRow,
  holder: HolderId,
  spool: Pick<Spool, 'renewClaim'>,
  clock: Clock,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const lost = new AbortController();
  const renew = async (): Promise<void> => {
    // A store that does not answer is no reason to break off: the claim holds until its time is over, and the next try may prolong it.
    const renewed = await spool.renewClaim(row.id, newClaim(holder, clock)).catch(() => true);
    if (!renewed) lost.abort(new Error('the claim was lost'));
  };
  if (isOld(row, clock)) await renew();
  void (async () => {
    while (!done.signal.aborted && !lost.signal.aborted) {
      await clock.sleep(claimFor / 3, done.signal);
      if (!done.signal.aborted) await renew();
    }
  })();
  try {
    return await work(lost.signal);
  } finally {
    done.abort(isDone);
  }
}

/** A row that was claimed a while before its turn may be another's by now. */
const isOld = ({ claimedUntil }: SpoolRow, clock: Clock): boolean =>
  claimedUntil !== undefined && claimedUntil - clock.now() < (claimFor * 2) / 3;
