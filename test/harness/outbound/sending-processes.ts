import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { SenderOptions } from './open-sender.ts';

interface Running {
  readonly child: ChildProcess;
  readonly ready: Promise<void>;
  readonly ended: Promise<unknown>;
}

/** Processes that deliver from one data directory, each replaced as soon as it was killed. */
export class SendingProcesses {
  readonly #options: SenderOptions;
  readonly #running: Running[];
  kills = 0;
  /** What failed in any of them, one line each. */
  readonly failures: string[] = [];

  static async start(t: { after(run: () => Promise<void>): void }, options: SenderOptions, many: number): Promise<SendingProcesses> {
    const processes = new SendingProcesses(options, many);
    t.after(() => processes.stop());
    await Promise.all(processes.#running.map(({ ready }) => ready));
    return processes;
  }

  private constructor(options: SenderOptions, many: number) {
    this.#options = options;
    this.#running = Array.from({ length: many }, () => this.#spawn());
  }

  /** Tells of messages that came: each to one of them, as if it had taken the message itself. @param domains one for each message */
  wake(domains: readonly string[]): void {
    for (const [i, { child }] of this.#running.entries()) {
      child.stdin?.write(`${JSON.stringify(domains.filter((_, nth) => nth % this.#running.length === i))}\n`);
    }
  }

  /** SIGKILL to one of them. @param lot uniform in [0, 1). Resolves when it is gone and another one delivers in its place */
  async killOne(lot: number): Promise<void> {
    const at = Math.floor(lot * this.#running.length);
    const killed = this.#running[at];
    if (killed === undefined) return;
    killed.child.kill('SIGKILL');
    this.kills += 1;
    await killed.ended;
    const next = this.#spawn();
    this.#running[at] = next;
    await next.ready;
  }

  async stop(): Promise<void> {
    for (const { child } of this.#running) child.kill('SIGKILL');
    await Promise.all(this.#running.map(({ ended }) => ended));
  }

  #spawn(): Running {
    const script = join(import.meta.dirname, 'sending-process.ts');
    const child = spawn(process.execPath, [script, JSON.stringify(this.#options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    child.stdin?.on('error', () => {}); // it was killed before it read
    const ready = Promise.withResolvers<void>();
    void ended.then(() => ready.reject(new Error('a delivering process ended at its start')));
    ready.promise.catch(() => {}); // told by whoever waits for it
    createInterface({ input: child.stdout as NonNullable<ChildProcess['stdout']> }).on('line', (line) => {
      if (line === 'ready') ready.resolve();
      else this.failures.push(line);
    });
    return { child, ready: ready.promise, ended };
  }
}
