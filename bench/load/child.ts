import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { AdmissionName, LoadName } from './load-name.ts';

const file = (path: string): string => new URL(`../${path}`, import.meta.url).pathname;

/** Starts a reference server of bench/reference that prints `ready` and its ports. */
export async function reference(
  path: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly child: ChildProcess; readonly ports: readonly number[] }> {
  const child = spawn(process.execPath, [file(`reference/${path}`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('ready ')) return { child, ports: line.split(' ').slice(1).map(Number) };
  }
  throw new Error(`${path} ended before it was ready`);
}

/** Runs a load from a process of their own. @returns names per second */
export async function load(name: LoadName, port: number, concurrency: number, count: number): Promise<number> {
  return Number(await printedBy('load/run-load.ts', [name, port, concurrency, count]));
}

/** Sessions per second, and the median of the times until they were let in, ms. */
export interface Admitted {
  readonly rate: number;
  readonly median: number;
}

/** @param first number of the first session, from which its address is made */
export async function admit(name: AdmissionName, port: number, concurrency: number, count: number, first: number): Promise<Admitted> {
  return JSON.parse(await printedBy('load/run-admissions.ts', [name, port, concurrency, count, first])) as Admitted;
}

async function printedBy(path: string, args: readonly (string | number)[]): Promise<string> {
  const child = spawn(process.execPath, [file(path), ...args.map(String)], { stdio: ['ignore', 'pipe', 'inherit'] });
  const printed: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${path} ${args.join(' ')} ended with ${code}`);
  return printed.join('');
}

export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

const memoryReport = join(mkdtempSync(join(tmpdir(), 'memory-')), 'report');

/** Environment for a server whose memory is measured. */
export const measured = {
  NODE_OPTIONS: `--expose-gc --import ${new URL('./gc-on-signal.ts', import.meta.url).href}`,
  MEMORY_REPORT: memoryReport,
};

/** Octets of a process after it has collected its garbage: all that is resident, and what JavaScript holds (heap and external). */
export interface Memory {
  readonly resident: number;
  readonly held: number;
}

export async function memoryAfterGc(pid: number): Promise<Memory> {
  for (let i = 0; i < 3; i += 1) {
    process.kill(pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  return JSON.parse(readFileSync(`${memoryReport}.${pid}`, 'utf8')) as Memory;
}
