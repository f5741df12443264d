import type { HostAnswer, SpoolRecipient, SpoolRow } from '../spool.ts';

export type ReportKind = 'failed' | 'delayed' | 'delivered';

/** What a report says of one recipient. */
export interface ReportedRecipient {
  readonly recipient: SpoolRecipient;
  /** RFC 3464 section 2.3.3. `relayed`: handed to a host that tells nothing more. */
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed';
  readonly answer: HostAnswer;
  /** Nobody refused it for good: the time for trying was over. */
  readonly expired?: boolean;
}

/** One report to the sender of a row, of one kind, so that good and bad news never stand in one. */
export interface Report {
  readonly kind: ReportKind;
  readonly row: SpoolRow;
  /** At least one. */
  readonly recipients: readonly ReportedRecipient[];
  /** ms since the epoch. */
  readonly at: number;
  /** Of a delayed one: when it is given up. ms since the epoch. */
  readonly retryUntil: number;
}

/** Does the sender want to hear of this (RFC 3461 section 4.1)? Who says nothing hears of failures and delays. */
export function isWanted(kind: ReportKind, { notify }: SpoolRecipient): boolean {
  if (notify === 'never') return false;
  if (notify === undefined) return kind !== 'delivered';
  return notify.includes(wordOf[kind]);
}

const wordOf = { failed: 'failure', delayed: 'delay', delivered: 'success' } as const satisfies Record<ReportKind, string>;
