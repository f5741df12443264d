import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ChildOptions } from './child-process.ts';

/** A session of a process executed something. */
export interface Act {
  /** Sessions of the process that did. */
  readonly sessions: number;
  /** ms, by the clock that all processes share. */
  readonly at: number;
}

/** A process of its own over a slot store, that signals can be sent to. */
export class RealProcess {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #answers: (readonly string[])[] = [];
  readonly #changed = new Set<() => void>();
  readonly acts: Act[] = [];
  /** What it told its sessions: to end, all or so many. */
  readonly told: string[] = [];
  readonly events: string[] = [];
  #ready = false;
  #over = false;

  static async start(options: ChildOptions): Promise<RealProcess> {
    const started = new RealProcess(options);
    await started.until(() => started.#ready || started.#over);
    if (started.#over) throw new Error('the process ended at its start');
    return started;
  }

  private constructor(options: ChildOptions) {
    const script = join(import.meta.dirname, 'child-process.ts');
    this.#child = spawn(process.execPath, [script, JSON.stringify(options)], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#ended = once(this.#child, 'close').then(() => {
      this.#over = true;
      this.#notify();
    });
    this.#child.stdin?.on('error', () => {}); // it was killed before it read
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', (line) => this.#heard(line));
  }

  /** Sessions that may act, as it said last. */
  get sessions(): number {
    return this.acts.at(-1)?.sessions ?? 0;
  }

  /** Asks for slots. @param wait ms to stand in line. @returns `admitted` and what others were answered */
  async take(many: number, wait = 0): Promise<{ readonly admitted: number; readonly others: readonly string[] }> {
    this.#child.stdin?.write(`take ${many} ${wait}\n`);
    await this.until(() => this.#answers.length > 0);
    const [admitted, ...others] = this.#answers.shift() ?? [];
    return { admitted: Number(admitted), others };
  }

  /** Goes on when `isTrue`, which is looked at whenever the process says something. */
  async until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#changed.add(resolve);
      await promise;
      this.#changed.delete(resolve);
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when it is gone and all it said was heard. */
  async end(name: NodeJS.Signals): Promise<void> {
    if (!this.#over) this.#child.kill(name);
    await this.#ended;
  }

  #heard(line: string): void {
    const [word, ...rest] = line.split(' ');
    if (word === 'acts') this.acts.push({ sessions: Number(rest[0]), at: Number(rest[1]) });
    else if (word === 'told') this.told.push(rest[0] ?? '');
    else if (word === 'event') this.events.push(rest[0] ?? '');
    else if (word === 'answers') this.#answers.push(rest);
    else this.#ready = true;
    this.#notify();
  }

  #notify(): void {
    for (const resolve of this.#changed) resolve();
  }
}

/** A process acts every 15 ms; one that did not for so long does not act at this moment. */
const together = 60; // ms

/** The most sessions, over all processes, that acted at the same time. */
export function mostActingAtOnce(processes: readonly RealProcess[]): number {
  const acts = processes.flatMap((one, of) => one.acts.map((act) => ({ ...act, of }))).sort((a, b) => a.at - b.at);
  const last = new Map<number, Act>();
  let most = 0;
  for (const act of acts) {
    last.set(act.of, act);
    const now = [...last.values()].filter(({ at }) => act.at - at < together).reduce((sum, { sessions }) => sum + sessions, 0);
    most = Math.max(most, now);
  }
  return most;
}
