import { claimFor, newClaim } from '../delivery/keep-claim.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import type { CollectSources } from './collect-sources.ts';
import type { SourceId } from './source.ts';

/**
 * Prolongs the claim while `work` runs, however long that takes.
 * @param work its signal aborts when the claim was lost: another process may work on the source by now
 */
export async function keepSource<T>(
  id: SourceId,
  { sources, holder, clock }: { readonly sources: CollectSources; readonly holder: HolderId; readonly clock: Clock },
  work: (lost: AbortSignal) => Promise<T>,
): Promise<T> {
  const done = new AbortController();
  const lost = new AbortController();
  void (async () => {
    while (!done.signal.aborted) {
      await clock.sleep(claimFor / 3, done.signal);
      if (done.signal.aborted) return;
      // A store that does not answer is no reason to break off: the claim holds until its time is over, and each write asks for it again.
      const renewed = await sources.renewClaim(id, newClaim(holder, clock)).catch(() => true);
      if (!renewed) return lost.abort(new Error('the claim was lost'));
    }
  })();
  try {
    return await work(lost.signal);
  } finally {
    done.abort();
  }
}
