import type { Clock } from '../values/clock.ts';
import type { DueHops } from './due-hops.ts';
import type { Spool } from './spool.ts';

/** The longest a lost wake-up or a dead process's row waits to be found. */
export const sweepEvery = 5_000; // ms
const soonestSweep = 250; // ms, so that rows which nobody can take just now do not make us spin

const mostHops = 1_000; // told at once; the others come when these are through
const mostRows = 100; // counted for each

/**
 * The sweep: finds what is due, of whatever process, so that nothing depends on a wake-up.
 * @returns whether there is something for mailboxes here, and ms until the next sweep should run
 */
export async function dispatchDue(
  spool: Pick<Spool, 'due'>,
  clock: Clock,
  due: DueHops,
): Promise<{ readonly local: boolean; readonly wait: number }> {
  const now = clock.now();
  const most = { hops: mostHops, rows: mostRows };
  const found = await spool.due(now, most);
  due.tell(found, most, now);
  const local = found.hops.some(({ nextHop }) => nextHop.kind === 'local');
  const wait = found.soonest === undefined ? sweepEvery : Math.max(soonestSweep, Math.min(sweepEvery, found.soonest - now));
  return { local, wait };
}
