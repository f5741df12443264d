import type { Meter } from './meter.ts';
import { metrics } from './metrics.ts';
import type { OutboundEnd, OutboundResult } from './outbound-outcomes.ts';

/** Counts what outbound sessions do. */
export interface OutboundCounts {
  ended(end: OutboundEnd): void;
  settled(result: OutboundResult): void;
  /** @param seconds since the row that waits longest became due */
  oldest(seconds: number): void;
}

export const outboundCounts = (meter: Meter): OutboundCounts => ({
  ended: (end) => meter.counter(metrics.outboundSessions, { end }).add(1),
  settled: (result) => meter.counter(metrics.outboundMessages, { result }).add(1),
  oldest: (seconds) => meter.gauge(metrics.outboundOldestDue, {}).set(seconds),
});

export const noOutboundCounts: OutboundCounts = { ended: () => {}, settled: () => {}, oldest: () => {} };
