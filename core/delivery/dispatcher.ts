import type { SpoolRow } from './spool.ts';

/**
 * The wake-up after rows were written: SQS on AWS, the runner in this process on one machine. A lost or repeated wake-up is harmless:
 * the spool is the truth, and a sweep finds rows that are due.
 */
export interface Dispatcher {
  wake(rows: readonly Pick<SpoolRow, 'nextHop'>[]): void;
}
