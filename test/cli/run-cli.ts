import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const cli = fileURLToPath(new URL('cli/main.ts', root));
/** Keeps what Node has compiled between the many short runs; most of a run's time went there. */
const env = { ...process.env, NODE_COMPILE_CACHE: fileURLToPath(new URL('node_modules/.cache/mailweir-tests', root)) };

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs `mailweir` as a user does, in a process of its own. @param stdin what is piped into it. @param more variables of its environment */
export function runCli(args: readonly string[], stdin = '', more: Readonly<Record<string, string | undefined>> = {}): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [cli, ...args], { stdio: 'pipe', env: { ...env, ...more } });
    const texts = { out: '', err: '' };
    child.stdout.on('data', (chunk) => (texts.out += chunk));
    child.stderr.on('data', (chunk) => (texts.err += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
    child.stdin.on('error', () => {}); // a command that reads no stdin may be gone already
    child.stdin.end(stdin);
  });
}

/** A data directory of one test, removed after it. */
export async function temporaryData(t: { after(fn: () => Promise<void>): void }): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'mailweir-cli-'));
  t.after(() => rm(dir, { recursive: true, force: true }));
  return dir;
}
