import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const requirements = join(import.meta.dirname, 'requirements.txt');
const installTime = 300_000; // ms
const startTime = 60_000; // ms

export interface Emulator {
  readonly url: string;
  stop(): Promise<void>;
}

/** What the contract tests of adapters need. One that is not named is not served: it would take memory for nothing. */
const adapters = ['dynamodb', 's3', 'sqs', 'secretsmanager', 'ses', 'ssm', 'lambda'];

export interface EmulatorOptions {
  /** By the emulator's names. @default - those that the contract tests of adapters need */
  readonly services?: readonly string[];
  /** A Python program that starts it. @default - its own */
  readonly launcher?: string;
}

/** Python of a virtual environment in this checkout with what requirements.txt pins. @returns undefined when there is no Python that can make one */
export async function emulatorPython(): Promise<string | undefined> {
  const place = join(root, '.venv');
  const python = join(place, 'bin/python');
  const installed = join(place, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if (existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) return python;
  try {
    await run('python3', ['-m', 'venv', '--clear', place], { timeout: installTime });
    await run(python, ['-m', 'pip', '--version'], { timeout: installTime });
  } catch {
    return undefined;
  }
  await run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], { timeout: installTime });
  await writeFile(installed, wanted);
  return python;
}

/** MiniStack on loopback, on a port of its own, with nothing kept when it ends. */
export async function startEmulator(python: string, { services = adapters, launcher }: EmulatorOptions = {}): Promise<Emulator> {
  const directory = await mkdtemp(join(tmpdir(), 'mailweir-emulator-'));
  const port = await freePort();
  const log = await open(join(directory, 'log'), 'w');
  const { PATH, LANG } = process.env;
  const child = spawn(python, launcher === undefined ? ['-m', 'ministack'] : [launcher], {
    cwd: directory,
    stdio: ['ignore', log.fd, log.fd],
    env: {
      PATH: [dirname(process.execPath), PATH].join(delimiter), // functions run on the `node` it finds first
      LANG,
      BIND_HOST: '127.0.0.1', // it listens on all addresses otherwise
      MINISTACK_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      IOT_MTLS_ENABLED: '0', // no second listener
      SERVICES: services.join(','),
      LOG_LEVEL: 'WARNING',
      STATE_DIR: directory,
      TMPDIR: directory,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.off('exit', kill);
    await ended(child);
    await log.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(url, child);
    return { url, stop };
  } catch (error) {
    const said = await readFile(join(directory, 'log'), 'utf8');
    await stop();
    throw new Error(`MiniStack did not start: ${said}`, { cause: error });
  }
}

async function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startTime;
  for (;;) {
    const health = await fetch(`${url}/_ministack/health`, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
    await health?.arrayBuffer();
    if (health?.ok === true) return;
    if (child.exitCode !== null || performance.now() > deadline) throw new Error('no answer');
    await sleep(100);
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await exit;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
