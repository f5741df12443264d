import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { systemClock } from '../../platform/node/clock.ts';

export interface StderrLog extends EventLog {
  /** A line that is JSON already, without its line end: metrics go between the events. */
  readonly line: (line: string) => void;
}

/** Events as JSON lines on stderr, each with the process it comes from; stdout is for people. */
export function stderrLog(): StderrLog {
  process.stderr.on('error', () => {}); // whoever read the log is gone: no reason to end with it
  const line = linesTo(process.stderr);
  const log = jsonEventLog(line, systemClock);
  const here = (fields: EventFields = {}): EventFields => ({ ...fields, pid: process.pid });
  return {
    line,
    event: (name, fields) => log.event(name, here(fields)),
    failure: (name, error, fields) => log.failure(name, error, here(fields)),
  };
}

/** A write to a pipe is a call to the system that waits: the lines of one turn of the event loop go in one, the last ones when the process ends. */
function linesTo(out: NodeJS.WritableStream): (line: string) => void {
  let waiting = '';
  const flush = (): void => {
    const lines = waiting;
    waiting = '';
    if (lines !== '') out.write(lines);
  };
  process.on('exit', flush);
  return (line) => {
    if (waiting === '') setImmediate(flush).unref();
    waiting += `${line}\n`;
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
