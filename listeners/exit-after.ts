import type { EventLog } from '../core/observe/event-log.ts';

/** Ends the process when all is closed, as one that failed when that failed. */
export function exitAfter(ended: Promise<void>, log: Pick<EventLog, 'failure'>): void {
  ended.then(
    () => process.exit(0),
    (error) => {
      log.failure('end-failed', error);
      process.exit(1);
    },
  );
}
