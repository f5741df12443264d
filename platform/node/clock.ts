import os from 'node:os';
import type { Clock } from '../../core/values/clock.ts';

const farthest = 2 ** 31 - 1; // ms a Node timer can wait

/** Time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic,
  sleep: async (ms, signal) => {
    for (let left = ms; left > 0 && signal?.aborted !== true; left -= farthest) {
      await wait(Math.min(left, farthest), signal);
    }
  },
};

/**
 * performance.now() stands still while the machine sleeps (CLOCK_MONOTONIC); its uptime does not (CLOCK_BOOTTIME), but has a coarse step
 * and, on some systems, moves a little when the wall clock is set. So the steady clock counts, plus each jump of the uptime ahead of it.
 * Asking for the uptime reads a file, and this clock is read several times a command: so it is asked once a second, and at once when the wall
 * clock has run ahead of the steady one, as it has after a sleep.
 */
const uptimeAhead = (steady: number): number => os.uptime() * 1000 - steady;
const aheadAtStart = uptimeAhead(performance.now());
const smallestSuspend = 2_000; // ms
const lookEvery = 1_000; // ms
const drift = 500; // ms
let suspended = 0;
let looked = { steady: Number.NEGATIVE_INFINITY, wallAhead: 0 };

function monotonic(): number {
  const steady = performance.now();
  const wallAhead = Date.now() - steady;
  if (steady - looked.steady < lookEvery && Math.abs(wallAhead - looked.wallAhead) < drift) return steady + suspended;
  looked = { steady, wallAhead };
  const ahead = uptimeAhead(steady) - aheadAtStart;
  if (ahead - suspended > smallestSuspend) suspended = ahead;
  return steady + suspended;
}

/** Who need not wait any longer gets no error: making one costs more than the timer, and every message sent ends such a wait. */
function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
  });
}
