import { Worker } from 'node:worker_threads';
import type { EventLog } from '../../../core/observe/event-log.ts';
import { threadFile } from '../../node/thread-file.ts';
import { tryLock } from '../file-lock.ts';
import type { TextIndexerOptions } from './text-indexer-worker.ts';

export interface TextIndexing extends TextIndexerOptions {
  /** Of the one process that fills the index. */
  readonly lock: string;
  readonly isWanted: () => boolean;
  readonly log: EventLog;
}

/** How often a process looks whether the filling is its own to do, ms. */
const lookEvery = 2_000;
/** What has failed is tried again after a rest that gets longer each time, ms. Searches read more meanwhile. */
const leastRest = 2_000;
const mostRest = 600_000;

/** Fills the index of texts in the background, in a thread, as long as it is wanted. Of several processes one does it, and another when that one ends. */
export class TextIndexer {
  readonly #options: TextIndexing;
  readonly #timer: NodeJS.Timeout;
  #lock: { close(): void } | undefined;
  #worker: Worker | undefined;
  #rest = leastRest / 2;
  /** By the time of this process. */
  #startAt = 0;
  #ended: Promise<unknown> = Promise.resolve();

  constructor(options: TextIndexing) {
    this.#options = options;
    this.#timer = setInterval(() => this.#look(), lookEvery).unref();
    this.#look();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#worker?.postMessage('close');
    await this.#ended;
  }

  #look(): void {
    const { isWanted, lock } = this.#options;
    try {
      if (!isWanted()) this.#worker?.postMessage('close');
      else if (this.#worker === undefined && performance.now() >= this.#startAt) {
        this.#lock ??= tryLock(lock);
        if (this.#lock !== undefined) this.#start();
      }
    } catch (error) {
      this.#failed(error, performance.now());
    }
  }

  /** @param since when what failed was begun */
  #failed(error: unknown, since: number): void {
    this.#rest = performance.now() - since > mostRest ? leastRest : Math.min(2 * this.#rest, mostRest);
    this.#startAt = performance.now() + this.#rest;
    this.#options.log.failure('text-index-failed', error, { again: `${this.#rest / 1000} s` });
  }

  #start(): void {
    const { mail, texts, bodyDir, log } = this.#options;
    const workerData: TextIndexerOptions = { mail, texts, bodyDir };
    const worker = new Worker(threadFile('text-indexer-worker', import.meta.url), { workerData, name: 'text-indexer' });
    this.#worker = worker;
    worker.unref();
    const since = performance.now();
    worker.on('message', (told) => {
      if (told === 'renewed') log.event('text-index-renewed', { file: texts });
    });
    worker.on('error', (error) => this.#failed(error, since));
    this.#ended = new Promise((resolve) => worker.once('exit', resolve)).then(() => {
      this.#worker = undefined;
      this.#lock?.close();
      this.#lock = undefined;
    });
  }
}
