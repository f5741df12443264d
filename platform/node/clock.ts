import os from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../../core/values/clock.ts';

const farthest = 2 ** 31 - 1; // ms a Node timer can wait

/** Time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic,
  sleep: async (ms, signal) => {
    for (let left = ms; left > 0 && signal?.aborted !== true; left -= farthest) {
      await wait(Math.min(left, farthest), undefined, signal === undefined ? {} : { signal }).catch(ignoreAbort);
    }
  },
};

/**
 * performance.now() stands still while the machine sleeps (CLOCK_MONOTONIC); its uptime does not (CLOCK_BOOTTIME), but has a coarse step
 * and, on some systems, moves a little when the wall clock is set. So the steady clock counts, plus each jump of the uptime ahead of it.
 */
const uptimeAhead = (steady: number): number => os.uptime() * 1000 - steady;
const aheadAtStart = uptimeAhead(performance.now());
const smallestSuspend = 2_000; // ms
let suspended = 0;

function monotonic(): number {
  const steady = performance.now();
  const ahead = uptimeAhead(steady) - aheadAtStart;
  if (ahead - suspended > smallestSuspend) suspended = ahead;
  return steady + suspended;
}

function ignoreAbort(error: unknown): void {
  if (!(error instanceof Error) || error.name !== 'AbortError') throw error;
}
