import type { Claim, SpoolRow } from './spool.ts';

/**
 * The wake-up after rows were written: SQS on AWS, the runner in this process on one machine. A lost or repeated wake-up is harmless:
 * the spool is the truth, and a sweep finds rows that are due.
 */
export interface Dispatcher {
  /** Holder that rows should be born claimed by, when this process delivers them itself; undefined when wake-ups go to others. */
  claimFor(nextHop: SpoolRow['nextHop'], now: number): Claim | undefined;
  wake(rows: readonly SpoolRow[]): void;
}
