import { setTimeout as sleep } from 'node:timers/promises';
import { isBusy } from './connection.ts';

const patience = 5000; // ms

/**
 * Repeats what found the database locked, without holding up the event loop: SQLite's own busy wait would block it.
 * @throws the last busy error after 5 s
 */
export async function retryBusy<T>(attempt: () => T | Promise<T>): Promise<T> {
  const deadline = performance.now() + patience;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return await attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await sleep(pause * (0.5 + Math.random()));
    }
  }
}
