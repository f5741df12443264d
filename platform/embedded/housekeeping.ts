import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/values/clock.ts';
import type { BodyId } from '../../core/values/ids.ts';
import { sweepBodies } from './files/sweep-bodies.ts';
import type { Reads } from './sqlite/reads.ts';
import type { Writer } from './sqlite/writer.ts';

const every = 3_600_000; // ms

/** Clears away, at start and then from time to time: rows of deleted mailboxes, old delivery keys, files that nobody points to. */
export class Housekeeping {
  readonly #reads: Reads;
  readonly #writer: Writer;
  readonly #clock: Clock;
  readonly #bodyDir: string;
  readonly #timer: NodeJS.Timeout;
  #closed = false;
  #running: Promise<void> = Promise.resolve();

  constructor(deps: { readonly reads: Reads; readonly writer: Writer; readonly clock: Clock; readonly bodyDir: string }) {
    this.#reads = deps.reads;
    this.#writer = deps.writer;
    this.#clock = deps.clock;
    this.#bodyDir = deps.bodyDir;
    this.#queue(() => this.#tidy());
    this.#timer = setInterval(() => this.#queue(() => this.#tidy()), every).unref();
  }

  /** Mailboxes were deleted here: their rows go now, in the background. */
  purgeSoon(): void {
    this.#queue(() => this.#purge());
  }

  /** Slice by slice, so that no writer waits long behind it. */
  async #purge(): Promise<void> {
    while (!this.#closed && (await this.#isDoomed()) && (await this.#writer.run('purge', {}))) await nextTurn();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #tidy(): Promise<void> {
    await this.#purge();
    while (!this.#closed && (await this.#writer.run('forgetDeliveries', { now: this.#clock.now() }))) await nextTurn();
    const unknown = (ids: readonly BodyId[]): Promise<readonly BodyId[]> => this.#writer.run('unknownBodies', { ids });
    if (!this.#closed) await sweepBodies(this.#bodyDir, this.#clock.now(), unknown, () => this.#closed);
  }

  /** Looked up first, so that a quiet store is not asked for its write lock. */
  #isDoomed(): Promise<boolean> {
    return this.#reads.now((sql) => sql.get('SELECT 1 FROM doomed') !== undefined);
  }

  /** One at a time. What fails is tried again at the next turn of its timer: nothing depends on it having run. */
  #queue(work: () => Promise<void>): void {
    this.#running = this.#running.then(work).catch(() => {});
  }
}
