import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** `mailweir serve` as a user runs it: a process of its own on a data directory of its own. */
export interface Served {
  readonly dataDir: string;
  readonly ports: Readonly<Record<PortName, number>>;
  readonly pid: number;
  /** Lines printed on stdout so far. */
  readonly printed: readonly string[];
  /** Takes each line of its log from now on. */
  onLogged(take: (line: string) => void): void;
  /** Runs a CLI command beside it. @throws when it exits with another code than 0 */
  mailweir(args: readonly string[], input?: string): Promise<string>;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code (or the signal's name) when the process has ended. */
  readonly ended: Promise<number | string>;
  /** Starts it again on the same data and ports after it ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export type PortName = 'smtp/port' | 'msa/port' | 'msa/tls-port' | 'pop3/port' | 'pop3/tls-port' | 'imap/port' | 'imap/tls-port';
const portNames: readonly PortName[] = [
  'smtp/port',
  'msa/port',
  'msa/tls-port',
  'pop3/port',
  'pop3/tls-port',
  'imap/port',
  'imap/tls-port',
];

const launcher = new URL('../../bin/mailweir.js', import.meta.url).pathname;
const startTime = 20_000; // ms

export interface ServeOptions {
  readonly set?: Readonly<Record<string, string>>;
  readonly processes?: number;
  /** `address: password` pairs made before the start. */
  readonly accounts?: Readonly<Record<string, string>>;
  /** Fills the data directory before the start. */
  readonly fill?: (dataDir: string) => Promise<void>;
}

/** @throws with what it printed when it is not ready in time */
export async function serve(options: ServeOptions = {}): Promise<Served> {
  const dataDir = await mkdtemp(join(tmpdir(), 'mailweir-'));
  const ports = await freePorts();
  const mailweir = (args: readonly string[], input?: string): Promise<string> => run([...args, '--data', dataDir], input);
  for (const [address, password] of Object.entries(options.accounts ?? {})) await mailweir(['account', 'add', address], `${password}\n`);
  await options.fill?.(dataDir);
  const printed: string[] = [];
  const logTakers: ((line: string) => void)[] = [];
  const logged = (line: string): void => {
    for (const take of logTakers) take(line);
  };
  let running = await start(argumentsOf(dataDir, ports, options), printed, logged);
  return {
    dataDir,
    ports,
    printed,
    onLogged: (take) => void logTakers.push(take),
    mailweir,
    get pid() {
      return running.child.pid as number;
    },
    get ended() {
      return running.ended;
    },
    signal: (name) => void running.child.kill(name),
    restart: async () => {
      running = await start(argumentsOf(dataDir, ports, options), printed, logged);
    },
    stop: async () => {
      running.child.kill('SIGKILL');
      await running.ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function argumentsOf(dataDir: string, ports: Served['ports'], { set, processes }: ServeOptions): readonly string[] {
  const sets = Object.entries({ ...ports, ...set }).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
  return ['serve', '--data', dataDir, ...sets, ...(processes === undefined ? [] : ['--processes', String(processes)])];
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | string>;
}

async function start(args: readonly string[], printed: string[], logged: (line: string) => void): Promise<Running> {
  const child = spawn(process.execPath, [launcher, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(`${line}\n`);
    if (log.length > 400) log.shift();
    logged(line);
  });
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on('line', (line) => {
    printed.push(line);
    if (line.startsWith('ready')) ready.resolve();
  });
  const failed = (why: string): void => ready.reject(new Error(`mailweir serve ${why}:\n${printed.join('\n')}\n${log.join('')}`));
  const timer = setTimeout(() => failed('was not ready in time'), startTime);
  void ended.then((code) => failed(`ended with ${code}`));
  try {
    await ready.promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  return { child, ended };
}

function run(args: readonly string[], input: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = execFile(process.execPath, [launcher, ...args], { timeout: 30_000, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`mailweir ${args.join(' ')}: ${error.message}\n${stdout}${stderr}`));
    });
    child.stdin?.end(input ?? '');
  });
}

/** Below the ports that systems give to outgoing connections: a server that is restarted must find its own free again. */
const [lowest, highest] = [12_000, 32_000];

async function freePorts(): Promise<Record<PortName, number>> {
  const servers = await Promise.all(portNames.map(async (name) => [name, await listening()] as const));
  const ports = servers.map(([name, server]) => [name, (server.address() as { port: number }).port]);
  await Promise.all(servers.map(([, server]) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(ports);
}

async function listening(): Promise<Server> {
  for (;;) {
    const port = lowest + Math.floor(Math.random() * (highest - lowest));
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isFree) return server;
  }
}
