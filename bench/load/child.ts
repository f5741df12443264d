import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { LoadName } from './load-name.ts';

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
  const child = spawn(process.execPath, [file('load/run-load.ts'), name, String(port), String(concurrency), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => printed.push(text));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${name} load ended with ${code}`);
  return Number(printed.join(''));
}

export async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

export const withGc = { NODE_OPTIONS: `--expose-gc --import ${new URL('./gc-on-signal.ts', import.meta.url).href}` };

/** @returns resident octets of a process after it was told to collect its garbage (see withGc) */
export async function residentAfterGc(pid: number): Promise<number> {
  for (let i = 0; i < 3; i += 1) {
    process.kill(pid, 'SIGUSR2');
    await new Promise((resolve) => setTimeout(resolve, 700));
  }
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1];
  return Number(kilobytes) * 1024;
}
