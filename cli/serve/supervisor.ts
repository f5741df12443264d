import cluster, { type Worker } from 'node:cluster';
import { openEmbeddedWorld } from '../../platform/embedded/world.ts';
import { logSurprises } from '../../platform/node/log-lines.ts';
import { CommandFailure } from '../command.ts';
import { print } from '../output.ts';
import { endPatience, onEndSignals } from './end-signals.ts';
import { stderrLog } from './event-log.ts';
import { type FirstAccount, firstStartText, makeFirstAccount } from './first-start.ts';
import type { ServeOptions } from './options.ts';
import { readyLine } from './ready-line.ts';
import type { FromWorker, ToWorker } from './worker-messages.ts';

const firstPause = 1_000; // ms before a worker that died is replaced; doubled each time when one does not last
const longestPause = 30_000; // ms
const lasted = 30_000; // ms
const killMargin = 5_000; // ms

type Ports = Readonly<Record<string, number>>;

/** Holds the ports, hands connections to N workers in turn, and replaces workers that die. Serves nothing itself. */
export async function runSupervisor(options: ServeOptions): Promise<void> {
  const supervisor = new Supervisor();
  const first = await firstAccountIn(options.dataDir);
  onEndSignals({ drain: () => supervisor.end('drain'), stop: () => supervisor.end('stop') });
  try {
    const ports = await supervisor.start(options.processes);
    if (first !== undefined) print(firstStartText(first, ports, options));
    print(readyLine(ports));
  } catch (error) {
    supervisor.end('stop');
    await supervisor.over;
    throw error;
  }
  await supervisor.over;
  process.exit(0);
}

/** Made before any worker runs: they would all try. */
async function firstAccountIn(dataDir: string): Promise<FirstAccount | undefined> {
  const world = await openEmbeddedWorld({ dataDir });
  try {
    return await makeFirstAccount(world);
  } finally {
    await world.close();
  }
}

class Supervisor {
  readonly #log = stderrLog();
  /** Each with the time of its start, ms. */
  readonly #workers = new Map<Worker, number>();
  readonly #isOver = Promise.withResolvers<void>();
  #phase: 'starting' | 'serving' | 'ending' = 'starting';
  #pause = firstPause;

  /** Resolves when it was told to end and no worker is left. */
  get over(): Promise<void> {
    return this.#isOver.promise;
  }

  /** @returns the ports, once every worker accepts. @throws CommandFailure with the reason of the first that can't */
  async start(processes: number): Promise<Ports> {
    logSurprises(this.#log);
    const [ports = {}] = await Promise.all(Array.from({ length: processes }, () => this.#startOne()));
    if (this.#phase === 'starting') this.#phase = 'serving';
    // One that was ready may have died while the others were starting.
    for (let missing = processes - this.#workers.size; missing > 0; missing -= 1) this.#replaceSoon();
    return ports;
  }

  end(how: ToWorker): void {
    this.#phase = 'ending';
    this.#log.event(how === 'drain' ? 'draining' : 'stopping', { workers: this.#workers.size });
    for (const worker of this.#workers.keys()) worker.send(how, () => {}); // one that is gone already has nothing to hear
    if (this.#workers.size === 0) this.#isOver.resolve();
    // A worker that stands still hears nothing.
    setTimeout(() => this.#killAll(), endPatience[how] + killMargin).unref();
  }

  #killAll(): void {
    for (const worker of this.#workers.keys()) worker.process.kill('SIGKILL');
  }

  #startOne(): Promise<Ports> {
    const worker = cluster.fork();
    this.#workers.set(worker, Date.now());
    return new Promise((resolve, reject) => {
      worker.once('exit', (code, signal) => {
        reject(new CommandFailure('failed', 'a listener process ended before it was ready'));
        this.#ended(worker, code, signal);
      });
      worker.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') resolve(message.ports);
        else reject(new CommandFailure(message.isRefused ? 'refused' : 'failed', message.message));
      });
    });
  }

  #ended(worker: Worker, code: number | null, signal: string | null): void {
    const age = Date.now() - (this.#workers.get(worker) ?? 0);
    this.#workers.delete(worker);
    if (this.#phase === 'ending' && this.#workers.size === 0) this.#isOver.resolve();
    if (this.#phase !== 'serving') return;
    this.#log.event('worker-ended', { worker: worker.process.pid, code: code ?? undefined, signal: signal ?? undefined });
    this.#pause = age > lasted ? firstPause : Math.min(2 * this.#pause, longestPause);
    this.#replaceSoon();
  }

  /** The timer keeps this process alive: it may be all that is left of it. */
  #replaceSoon(): void {
    setTimeout(() => this.#replace(), this.#pause);
  }

  #replace(): void {
    if (this.#phase !== 'serving') return;
    this.#startOne().then(
      () => this.#log.event('worker-replaced'),
      (error) => this.#log.failure('worker-failed', error),
    );
  }
}
