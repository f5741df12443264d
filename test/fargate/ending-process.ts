import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { startProcess } from '../../listeners/main.ts';
import { openHealth } from '../../listeners/net/health.ts';
import { endTask } from '../../listeners/task-end.ts';
import { readOwnTask } from '../../platform/aws/task-metadata.ts';
import { systemClock } from '../../platform/node/clock.ts';

/** What its parent says, ms. */
export interface Ending {
  readonly dataDir: string;
  readonly metadata: string;
  readonly window: number;
  readonly stopTimeout: number;
}

/** A process of the listeners that ends as a task does. On the embedded world, because what ends is the same on any. */
if (import.meta.main) {
  const { dataDir, metadata, window, stopTimeout } = JSON.parse(process.argv[2] ?? '') as Ending;
  const log = jsonEventLog((line) => void process.stdout.write(`${line}\n`), systemClock);
  const running = await startProcess({ dataDir, log, ports: 'random' });
  const health = await openHealth({ bind: '127.0.0.1', port: 0, serves: () => running.serves(), log });
  const isToStop = async (): Promise<boolean> => (await readOwnTask(metadata)).isToStop;
  endTask({ running, health, log, clock: systemClock, isToStop, window, stopTimeout, askEvery: 50 });
  log.event('serving', { health: health.port, ...running.ports });
}
