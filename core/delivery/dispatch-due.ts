import type { Clock } from '../values/clock.ts';
import type { NextHop, Spool } from './spool.ts';

/** The longest a lost wake-up or a dead process's row waits to be found. */
export const sweepEvery = 5_000; // ms
const soonestSweep = 250; // ms, so that rows which nobody can take just now do not make us spin

/**
 * The sweep: wakes whoever delivers to the next hops that have rows due, of whatever process, so that nothing depends on a wake-up.
 * @returns ms until the next sweep should run
 */
export async function dispatchDue(spool: Spool, clock: Clock, wake: (hop: NextHop) => void): Promise<number> {
  const now = clock.now();
  const { nextHops, soonest } = await spool.due(now);
  for (const hop of nextHops) wake(hop);
  if (soonest === undefined) return sweepEvery;
  return Math.max(soonestSweep, Math.min(sweepEvery, soonest - now));
}
