import type { Meter } from './meter.ts';
import { metrics } from './metrics.ts';

/** Tells how much waits, and for how long. */
export interface SpoolCounts {
  waiting(rows: number): void;
  /** @param seconds since the row that waits longest became due */
  oldestDue(seconds: number): void;
}

export const spoolCounts = (meter: Meter): SpoolCounts => ({
  waiting: (rows) => meter.gauge(metrics.spoolWaiting, {}).set(rows),
  oldestDue: (seconds) => meter.gauge(metrics.spoolOldestDue, {}).set(seconds),
});

export const noSpoolCounts: SpoolCounts = { waiting: () => {}, oldestDue: () => {} };
