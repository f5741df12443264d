import cluster from 'node:cluster';
import { InvalidSettings } from '../../core/settings/resolve.ts';
import { startProcess } from '../../listeners/main.ts';
import { logSurprises } from '../../platform/node/log-lines.ts';
import { ses } from '../ses.ts';
import { exitAtLast } from './end-signals.ts';
import { stderrLog } from './event-log.ts';
import type { ServeOptions } from './options.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

/** One of several processes on the same data; its supervisor holds the ports. Ends itself when the supervisor is gone. */
export async function runWorker({ dataDir, bind, processes, overrides }: ServeOptions): Promise<void> {
  const log = stderrLog();
  logSurprises(log);
  process.on('SIGINT', () => {}); // a terminal's Ctrl-C reaches everybody; the supervisor says what follows
  const starting = startProcess({ dataDir, bind, processes, overrides, log, metrics: log.line, ses: ses() });
  const end = (how: ToWorker): void => {
    exitAtLast(how);
    starting
      .then((running) => running[how]())
      .then(
        () => process.exit(0),
        () => process.exit(1),
      );
  };
  process.on('SIGTERM', () => end('drain'));
  process.on('message', (message: ToWorker) => end(message));
  cluster.worker?.once('disconnect', () => {
    // Unless told that this was meant, Node ends the process at once, and with it sessions in the midst of a command.
    if (cluster.worker !== undefined) cluster.worker.exitedAfterDisconnect = true;
    end('drain');
  });
  await starting.then(
    ({ ports }) => tell({ kind: 'ready', ports }),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const isRefused = error instanceof InvalidSettings;
      if (!isRefused) log.failure('start-failed', error);
      tell({ kind: 'failed', message, isRefused }, () => process.exit(1));
    },
  );
}

function tell(message: FromWorker, told?: () => void): void {
  process.send?.(message, undefined, undefined, () => told?.());
}
