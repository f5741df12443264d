import { Worker } from 'node:worker_threads';
import { MailboxGone, TooManyKeywords } from '../../../core/mailbox/mailbox-store.ts';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { Committed, Job, Outcome } from './group-commit.ts';
import type { Operations } from './operations.ts';
import type { Effects } from './write.ts';
import type { WriterOptions } from './writer-worker.ts';

type Name = keyof Operations & string;
type Args<K extends Name> = Parameters<Operations[K]>[1];
type Answer<K extends Name> = ReturnType<Operations[K]>;

interface Asked {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** The process's road to durable writes: one thread, one commit for all that wait. */
export interface Writer {
  /** @returns the operation's answer, after it has been synced to disk */
  run<K extends Name>(name: K, args: Args<K>): Promise<Answer<K>>;
  /** Commits what waits, then ends the thread. */
  close(): Promise<void>;
}

/** @param committed told of each commit's effects, after its callers */
export async function openWriter(options: WriterOptions, committed: (effects: Effects) => void): Promise<Writer> {
  const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), { workerData: options, name: 'writer' });
  await opened(worker);
  return new WorkerWriter(worker, committed);
}

function opened(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('message', () => {
      worker.off('error', reject);
      resolve();
    });
    worker.once('error', reject);
  });
}

class WorkerWriter implements Writer {
  readonly #worker: Worker;
  readonly #committed: (effects: Effects) => void;
  readonly #asked = new Map<number, Asked>();
  readonly #ended: Promise<void>;
  #toSend: Job[] = [];
  #lastId = 0;
  #dead: Error | undefined;

  constructor(worker: Worker, committed: (effects: Effects) => void) {
    this.#worker = worker;
    this.#committed = committed;
    worker.on('message', (answer: Committed) => this.#answered(answer));
    worker.on('error', (error) => this.#died(new Error('the writer thread broke', { cause: error })));
    this.#ended = new Promise((resolve) => worker.once('exit', () => resolve()));
    worker.once('exit', () => this.#died(new Error('the writer thread has ended')));
    worker.unref();
  }

  run<K extends Name>(name: K, args: Args<K>): Promise<Answer<K>> {
    if (this.#dead !== undefined) return Promise.reject(this.#dead);
    return new Promise<Answer<K>>((resolve, reject) => {
      this.#lastId += 1;
      if (this.#asked.size === 0) this.#worker.ref();
      this.#asked.set(this.#lastId, { resolve, reject });
      if (this.#toSend.length === 0) setImmediate(() => this.#send());
      this.#toSend.push({ id: this.#lastId, name, args });
    });
  }

  async close(): Promise<void> {
    if (this.#dead === undefined) {
      this.#dead = new Error('the store is closed');
      this.#send();
      this.#worker.ref();
      this.#worker.postMessage('close');
    }
    await this.#ended;
  }

  /** One message for all that was asked in one turn of the event loop. */
  #send(): void {
    if (this.#toSend.length === 0) return;
    const jobs = this.#toSend;
    this.#toSend = [];
    this.#worker.postMessage(jobs);
  }

  #answered({ outcomes, effects }: Committed): void {
    for (const outcome of outcomes) {
      const asked = this.#asked.get(outcome.id);
      this.#asked.delete(outcome.id);
      if ('error' in outcome) asked?.reject(revived(outcome.error));
      else asked?.resolve(outcome.value as never);
    }
    if (this.#asked.size === 0) this.#worker.unref();
    this.#committed(effects);
  }

  /**
   * When it was not told to, what it was asked last may be done or not, and nothing can be written any more: a process like that must end
   * and be replaced. Thrown at once, before anybody clears away what may have been written.
   */
  #died(error: Error): void {
    const wasClosed = this.#dead !== undefined;
    this.#dead ??= error;
    for (const asked of this.#asked.values()) asked.reject(error);
    this.#asked.clear();
    if (!wasClosed) throw error;
  }
}

const known = { MailboxGone, BodyMissing, TooManyKeywords };

/** Errors lose their class on the way between threads. */
function revived({ name, message, stack }: Extract<Outcome, { error: unknown }>['error']): Error {
  const Kind = known[name as keyof typeof known] ?? Error;
  const cause = new Error(message);
  cause.name = name;
  if (stack !== undefined) cause.stack = stack;
  return new Kind(message, { cause });
}
