import type { EventFields, EventLog } from '../../core/observe/event-log.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { linesTo } from '../../platform/node/log-lines.ts';

export interface StderrLog extends EventLog {
  /** A line that is JSON already, without its line end: metrics go between the events. */
  readonly line: (line: string) => void;
}

/** Events as JSON lines on stderr, each with the process it comes from; stdout is for people. */
export function stderrLog(): StderrLog {
  const line = linesTo(process.stderr);
  const log = jsonEventLog(line, systemClock);
  const here = (fields: EventFields = {}): EventFields => ({ ...fields, pid: process.pid });
  return {
    line,
    event: (name, fields) => log.event(name, here(fields)),
    failure: (name, error, fields) => log.failure(name, error, here(fields)),
  };
}
