import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { PasswordHasher } from '../../core/accounts/password-hasher.ts';
import { FairQueue } from './fair-queue.ts';
import type { PasswordWork, PasswordWorked } from './password-worker.ts';
import { threadFile } from './thread-file.ts';

/** Waiting in all: about two seconds' work, as long as a client may be kept waiting. */
const capacity = 64;
/** Waiting for one network: a quarter. */
const share = 16;
/** Lane of our own work: setting passwords is never refused for strangers' logins. */
const ownLane = '';

interface Job {
  readonly work: PasswordWork;
  readonly resolve: (answer: string | boolean | 'busy') => void;
  readonly reject: (error: Error) => void;
}

/**
 * argon2id in threads of its own: on libuv's pool, a hundred logins held up file reads for more than a second. One thread, or two where
 * there are cores for it; they start with the first password and don't keep the process alive. The network served longest ago is next.
 */
export function openPasswordHasher(threads = availableParallelism() >= 4 ? 2 : 1): PasswordHasher {
  const waiting = new FairQueue<Job>(capacity, share);
  const own: Job[] = [];
  const benches: Bench[] = [];
  let closed = false;

  const dispatch = (): void => {
    for (;;) {
      if (own.length === 0 && waiting.size === 0) return;
      const bench = benches.find((one) => one.free) ?? (benches.length < threads ? newBench() : undefined);
      const job = bench === undefined ? undefined : (own.shift() ?? waiting.take());
      if (bench === undefined || job === undefined) return;
      bench.run(job);
    }
  };

  const newBench = (): Bench => {
    const bench = new Bench(dispatch, () => void benches.splice(benches.indexOf(bench), 1));
    benches.push(bench);
    return bench;
  };

  const submit = (lane: string, work: PasswordWork): Promise<string | boolean | 'busy'> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new Error('the password hasher is closed'));
      const job = { work, resolve, reject };
      if (lane === ownLane) own.push(job);
      else if (!waiting.add(lane, job, () => resolve('busy'))) return resolve('busy');
      dispatch();
    });

  return {
    hash: async (password) => (await submit(ownLane, { work: 'hash', password })) as string,
    verify: async (password, phc, network) => (await submit(network, { work: 'verify', password, phc })) as boolean | 'busy',
    async close() {
      closed = true;
      for (let job = own.shift() ?? waiting.take(); job !== undefined; job = own.shift() ?? waiting.take()) {
        job.reject(new Error('the password hasher was closed'));
      }
      await Promise.all(benches.map((bench) => bench.close()));
    },
  };
}

/** One thread and the job it has. A thread that dies fails its job; the next job gets a new thread. */
class Bench {
  readonly #worker = new Worker(threadFile('password-worker', import.meta.url));
  readonly #freed: () => void;
  #job: Job | undefined;

  constructor(freed: () => void, died: () => void) {
    this.#freed = freed;
    this.#worker.on('message', (worked: PasswordWorked) => this.#done(worked));
    let cause: unknown;
    this.#worker.on('error', (error) => {
      cause = error; // 'exit' follows
    });
    this.#worker.on('exit', () => {
      died();
      this.#job?.reject(new Error('a password thread ended', { cause }));
      this.#freed();
    });
    this.#worker.unref();
  }

  get free(): boolean {
    return this.#job === undefined;
  }

  run(job: Job): void {
    this.#job = job;
    this.#worker.ref(); // the process must not end under somebody who waits for an answer
    this.#worker.postMessage(job.work);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #done(worked: PasswordWorked): void {
    const job = this.#job;
    this.#job = undefined;
    this.#worker.unref();
    if ('fault' in worked) job?.reject(new Error(worked.fault));
    else job?.resolve(worked.answer);
    this.#freed();
  }
}
