import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { Batch, Tally } from './worker.ts';

/** As many as a small machine has processors. */
const most = 2;

/** Plays batches in worker threads. @returns what each showed, in the order of the batches */
export async function playAll(batches: readonly Batch[]): Promise<readonly Tally[]> {
  const tallies = new Array<Tally>(batches.length);
  const rest = batches.entries();
  await Promise.all(
    Array.from({ length: Math.min(most, batches.length) }, async () => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url));
      try {
        for (const [at, batch] of rest) tallies[at] = await played(worker, batch);
      } finally {
        await worker.terminate();
      }
    }),
  );
  return tallies;
}

async function played(worker: Worker, batch: Batch): Promise<Tally> {
  worker.postMessage(batch);
  const [tally] = await once(worker, 'message'); // an error in the worker rejects
  return tally;
}
