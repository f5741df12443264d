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

/** Fills the index of texts in the background, in a thread, as long as it is wanted. Of several processes one does it, and another when that one ends. */
export class TextIndexer {
  readonly #options: TextIndexing;
  readonly #timer: NodeJS.Timeout;
  #lock: { close(): void } | undefined;
  #worker: Worker | undefined;
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
    const { isWanted, lock, log } = this.#options;
    try {
      if (!isWanted()) this.#worker?.postMessage('close');
      else if (this.#worker === undefined) {
        this.#lock ??= tryLock(lock);
        if (this.#lock !== undefined) this.#start();
      }
    } catch (error) {
      log.failure('text-index-failed', error);
    }
  }

  #start(): void {
    const { mail, texts, bodyDir, log } = this.#options;
    const workerData: TextIndexerOptions = { mail, texts, bodyDir };
    const worker = new Worker(threadFile('text-indexer-worker', import.meta.url), { workerData, name: 'text-indexer' });
    this.#worker = worker;
    worker.unref();
    worker.on('error', (error) => log.failure('text-index-failed', error));
    this.#ended = new Promise((resolve) => worker.once('exit', resolve)).then(() => {
      this.#worker = undefined;
      this.#lock?.close();
      this.#lock = undefined;
    });
  }
}
