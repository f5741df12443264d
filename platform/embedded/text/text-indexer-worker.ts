import { parentPort, workerData } from 'node:worker_threads';
import { isBusy } from '../sqlite/connection.ts';
import { openForReading } from '../sqlite/open-database.ts';
import { type Indexing, indexTurn, sweepTurn } from './index-turn.ts';
import { openTextsForWriting } from './text-database.ts';

/** What the thread is started with. */
export interface TextIndexerOptions {
  readonly mail: string;
  readonly texts: string;
  readonly bodyDir: string;
}

/** A look for new mail, when there was none. ms */
const lookEvery = 1_000;
/** Bodies that are gone are taken out so often. ms */
const sweepEvery = 600_000;

const { mail, texts, bodyDir } = workerData as TextIndexerOptions;
if (parentPort === null) throw new Error('texts are indexed in a worker thread');
let closing = false;
let wake = (): void => {};
parentPort.on('message', () => {
  closing = true;
  wake();
});

const indexing: Indexing = { mail: openForReading(mail), texts: openTextsForWriting(texts), bodyDir };
parentPort.postMessage('open');
await work();
indexing.mail.close();
indexing.texts.close();
parentPort.close();

/** It rests as long as it has worked: what clients wait for comes first, and half a processor is enough for any day's mail. */
async function work(): Promise<void> {
  let sweptAt = Number.NEGATIVE_INFINITY;
  while (!closing) {
    const since = performance.now();
    const more = await unlessBusy(() => indexTurn(indexing));
    if (!more && since - sweptAt > sweepEvery) {
      sweptAt = since;
      await sweep();
    }
    await rest(more ? performance.now() - since : lookEvery);
  }
}

async function sweep(): Promise<void> {
  for (let from: number | undefined = 0; from !== undefined && !closing; await rest(10)) {
    const at: number = from;
    from = await unlessBusy(async () => sweepTurn(indexing, at));
  }
}

/** @returns undefined when another is in the way: then it comes again */
async function unlessBusy<T>(turn: () => Promise<T>): Promise<T | undefined> {
  try {
    return await turn();
  } catch (error) {
    if (isBusy(error)) return undefined;
    throw error;
  }
}

function rest(ms: number): Promise<void> {
  if (closing) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}
