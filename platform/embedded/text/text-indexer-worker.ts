import { parentPort, workerData } from 'node:worker_threads';
import { type Connection, isBusy } from '../sqlite/connection.ts';
import { openForReading } from '../sqlite/open-database.ts';
import { type Indexing, indexTurn, sweepTurn } from './index-turn.ts';
import { openTextsForWriting } from './text-database.ts';
import { removeTexts, TextsBroken } from './texts.ts';

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
/** A broken index is made anew at most so often. ms */
const renewEvery = 3_600_000;

const { mail, texts, bodyDir } = workerData as TextIndexerOptions;
if (parentPort === null) throw new Error('texts are indexed in a worker thread');
let closing = false;
let wake = (): void => {};
parentPort.on('message', () => {
  closing = true;
  wake();
});

let renewedAt = Number.NEGATIVE_INFINITY;
let indexing: Indexing = { mail: openForReading(mail), texts: opened(), bodyDir };
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

function opened(): Connection {
  try {
    return openTextsForWriting(texts);
  } catch (error) {
    return madeAnew(error);
  }
}

/** One that breaks again so soon is not helped by it: then whoever started this thread is told. */
function madeAnew(error: unknown): Connection {
  if (!(error instanceof TextsBroken) || performance.now() - renewedAt < renewEvery) throw error;
  renewedAt = performance.now();
  removeTexts(texts);
  const anew = openTextsForWriting(texts);
  parentPort?.postMessage('renewed');
  return anew;
}

/** @returns undefined when another is in the way, or the index had to be made anew: then it comes again */
async function unlessBusy<T>(turn: () => Promise<T>): Promise<T | undefined> {
  try {
    return await turn();
  } catch (error) {
    if (isBusy(error)) return undefined;
    if (!(error instanceof TextsBroken)) throw error;
    indexing.texts.close();
    indexing = { ...indexing, texts: madeAnew(error) };
    return undefined;
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
