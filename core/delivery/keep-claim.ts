import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import type { Claim, Spool, SpoolRow } from './spool.ts';

/** How long a claim lasts without being prolonged: a dead process's rows are taken over after this. */
export const claimFor = 30_000; // ms

export const newClaim = (holder: HolderId, clock: Clock): Claim => ({ by: holder, until: clock.now() + claimFor });

/**
 * Prolongs the claim while `work` runs, however long that takes.
 * @param work its signal aborts when the claim was lost: another process delivers the row by now
 */
export async function keepClaim<T>(
  row: SpoolRow,
  holder: HolderId,
  spool: Spool,
  clock: Clock,
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const lost = new AbortController();
  void (async () => {
    while (!done.signal.aborted) {
      await clock.sleep(claimFor / 3, done.signal);
      if (done.signal.aborted) return;
      // A store that does not answer is no reason to break off: the claim holds until its time is over, and the next try may prolong it.
      const renewed = await spool.renewClaim(row.id, newClaim(holder, clock)).catch(() => true);
      if (!renewed) return lost.abort(new Error('the claim was lost'));
    }
  })();
  try {
    return await work(lost.signal);
  } finally {
    done.abort();
  }
}
