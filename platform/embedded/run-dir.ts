import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { privateDir } from './files/private-dir.ts';

/** What a unix socket's path may have, in octets: sun_path is 108 with its NUL on Linux, 104 elsewhere. */
const longestPath = process.platform === 'linux' ? 107 : 103;

/** Where a process listens for requests of operators. */
export interface SocketPlace {
  readonly path: string;
  /** Removes every trace of it. */
  remove(): Promise<void>;
}

const runDir = (dataDir: string): string => path.join(dataDir, 'run');

/** A place for this process's socket: in the data directory, or, when that path is too long, in a directory of its own that a file there names. */
export async function makeSocketPlace(dataDir: string, pid: number): Promise<SocketPlace> {
  const dir = runDir(dataDir);
  await privateDir(dir);
  const here = path.join(dir, `${pid}.sock`);
  await rm(here, { force: true }); // of an earlier process with our pid
  if (Buffer.byteLength(here) <= longestPath) return { path: here, remove: () => rm(here, { force: true }) };

  const elsewhere = await mkdtemp(path.join(os.tmpdir(), 'mailweir-'));
  const pointer = path.join(dir, `${pid}.path`);
  await writeFile(pointer, elsewhere, { mode: 0o600 });
  return {
    path: path.join(elsewhere, 'process.sock'),
    remove: async () => {
      await rm(elsewhere, { recursive: true, force: true });
      await rm(pointer, { force: true });
    },
  };
}

export interface FoundSocket {
  readonly pid: number;
  readonly path: string;
}

/** Sockets of the processes that live. What dead ones left behind is removed. */
export async function findSockets(dataDir: string): Promise<readonly FoundSocket[]> {
  const dir = runDir(dataDir);
  const names = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found = await Promise.all(names.map((name) => socketOf(dir, name)));
  return found.filter((socket) => socket !== undefined);
}

async function socketOf(dir: string, name: string): Promise<FoundSocket | undefined> {
  const [, digits, kind] = /^(\d{1,10})\.(sock|path)$/.exec(name) ?? [];
  if (digits === undefined) return undefined;
  const pid = Number(digits);
  const file = path.join(dir, name);
  const elsewhere = kind === 'path' ? await readFile(file, 'utf8').catch(() => undefined) : undefined;
  if (isAlive(pid)) {
    if (kind === 'sock') return { pid, path: file };
    return elsewhere === undefined ? undefined : { pid, path: path.join(elsewhere, 'process.sock') };
  }
  await rm(file, { force: true });
  // Only what mkdtemp made: the pointer's text is no reason to remove anything else.
  if (elsewhere !== undefined && /^mailweir-\w{6}$/.test(path.basename(elsewhere))) await rm(elsewhere, { recursive: true, force: true });
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // somebody else's, but alive
  }
}
