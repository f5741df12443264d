import type { Meter } from './meter.ts';
import { metrics } from './metrics.ts';

/** Counts what did not go well. */
export interface DeliveryCounts {
  failed(recipients: number): void;
  /** Senders told of a delay. */
  warned(messages: number): void;
}

export function deliveryCounts(meter: Meter): DeliveryCounts {
  const failed = meter.counter(metrics.recipientsFailed, {});
  const warned = meter.counter(metrics.messagesDelayed, {});
  return { failed: (recipients) => failed.add(recipients), warned: (messages) => warned.add(messages) };
}

export const noDeliveryCounts: DeliveryCounts = { failed: () => {}, warned: () => {} };
