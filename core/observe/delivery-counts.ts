import type { Meter } from './meter.ts';
import { metrics } from './metrics.ts';
import type { LocalResult } from './outbound-outcomes.ts';

/** Counts what became of deliveries. */
export interface DeliveryCounts {
  /** Copies for mailboxes here. */
  copies(result: LocalResult, many: number): void;
  failed(recipients: number): void;
  /** Senders told of a delay. */
  warned(messages: number): void;
}

export function deliveryCounts(meter: Meter): DeliveryCounts {
  const failed = meter.counter(metrics.recipientsFailed, {});
  const warned = meter.counter(metrics.messagesDelayed, {});
  return {
    copies: (result, many) => meter.counter(metrics.localCopies, { result }).add(many),
    failed: (recipients) => failed.add(recipients),
    warned: (messages) => warned.add(messages),
  };
}

export const noDeliveryCounts: DeliveryCounts = { copies: () => {}, failed: () => {}, warned: () => {} };
