import { parentPort } from 'node:worker_threads';
import { doubleOf } from './mutations.ts';
import { type Played, play } from './play.ts';

/** Seeds to play one after the other. */
export interface Batch {
  readonly first: number;
  readonly count: number;
  /** Name of the double; undefined: every rule is kept. */
  readonly leftOut: string | undefined;
  /** After so many runs it ends as soon as one was broken. */
  readonly enough: number;
}

/** What a batch showed. */
export interface Tally {
  runs: number;
  admitted: number;
  refused: number;
  landed: number;
  readonly broken: Pick<Played, 'seed' | 'broken'>[];
}

export async function playBatch({ first, count, leftOut, enough }: Batch): Promise<Tally> {
  const tally: Tally = { runs: 0, admitted: 0, refused: 0, landed: 0, broken: [] };
  for (let seed = first; seed < first + count; seed++) {
    const { broken, admitted, refused, landed } = await play(seed, leftOut === undefined ? {} : doubleOf(leftOut));
    tally.runs += 1;
    tally.admitted += admitted;
    tally.refused += refused;
    tally.landed += landed;
    if (broken !== undefined) tally.broken.push({ seed, broken });
    if (tally.broken.length > 0 && tally.runs >= enough) break;
  }
  return tally;
}

// Calls fail by the million here, and nobody reads where.
if (parentPort !== null) Error.stackTraceLimit = 0;
parentPort?.on('message', (batch: Batch) => void playBatch(batch).then((tally) => parentPort?.postMessage(tally)));
