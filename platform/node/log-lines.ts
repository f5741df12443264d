import type { EventLog } from '../../core/observe/event-log.ts';

/** A write to a pipe is a call to the system that waits: the lines of one turn of the event loop go in one, the last ones when the process ends. */
export function linesTo(out: NodeJS.WritableStream): (line: string) => void {
  out.on('error', () => {}); // whoever read the log is gone: no reason to end with it
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
