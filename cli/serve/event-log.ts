import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { systemClock } from '../../platform/node/clock.ts';

/** Events as JSON lines on stderr, each with the process it comes from; stdout is for people. */
export function stderrLog(): EventLog {
  const log = jsonEventLog((line) => void process.stderr.write(`${line}\n`), systemClock);
  const here = (fields: EventFields = {}): EventFields => ({ ...fields, pid: process.pid });
  return {
    event: (name, fields) => log.event(name, here(fields)),
    failure: (name, error, fields) => log.failure(name, error, here(fields)),
  };
}

/** What nobody caught is told in the log. A rejection is one session's trouble, the others go on; after an exception nothing is sure any more. */
export function logSurprises(log: EventLog): void {
  process.on('unhandledRejection', (error) => log.failure('unhandled-rejection', error));
  process.on('uncaughtException', (error) => {
    log.failure('process-failed', error);
    process.exit(1);
  });
}
