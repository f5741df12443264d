import { createHash, randomUUID } from 'node:crypto';
import { chmod, lstat, mkdir, open, readFile, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { CommandFailure } from '../command.ts';
import { type Kept, keptName, keptText, parseKept } from './kept-files.ts';

export interface OwnFile {
  /** Below the directory, with `/` between names. */
  readonly path: string;
  readonly text: string;
}

export interface Written {
  readonly path: string;
  readonly state: 'new' | 'changed' | 'same' | 'removed';
}

const openDirectory = 0o755; // as the files: a static host runs as somebody else
const mostOctets = 1024 * 1024; // none of ours is near it

/**
 * Writes files below a directory, all or none as far as it can be seen before. What is there is overwritten, or removed when it is no longer made, only if it is
 * still as it was written: their digests are kept beside them.
 * @param possible paths that files were ever written at; a path of the kept list that is none of them is passed over
 * @throws CommandFailure naming what is another's, or leads elsewhere
 */
export async function writeOwnFiles(
  out: string,
  domain: string,
  files: readonly OwnFile[],
  possible: readonly string[],
): Promise<readonly Written[]> {
  if ((await mkdir(out, { recursive: true })) !== undefined) await chmod(out, openDirectory);
  const dir = await realpath(out);
  const kept = await readKept(dir, domain);
  const written = await Promise.all(files.map((file) => planned(dir, file, kept)));
  const stale = await staleFiles(dir, files, possible, kept);
  for (const { path, text } of files) {
    if (written.find((one) => one.path === path)?.state === 'same') continue;
    await makeDirectories(dir, path);
    await replaceFile(join(dir, path), text);
  }
  for (const path of stale) await rm(join(dir, path));
  await replaceFile(join(dir, keptName), keptText({ domain, files: new Map(files.map(({ path, text }) => [path, digest(text)])) }));
  return [...written, ...stale.map((path) => ({ path, state: 'removed' as const }))];
}

async function readKept(dir: string, domain: string): Promise<Kept> {
  const text = await contentOf(dir, keptName);
  if (text === undefined) return { domain, files: new Map() };
  const kept = parseKept(text.toString('utf8'));
  if (kept === undefined)
    throw new CommandFailure('refused', `${join(dir, keptName)} is not as it was written`, 'name another directory with --out');
  if (kept.domain !== domain)
    throw new CommandFailure('refused', `${dir} holds the files of ${kept.domain}`, 'give each domain a directory of its own');
  return kept;
}

async function planned(dir: string, { path, text }: OwnFile, kept: Kept): Promise<Written> {
  const before = await contentOf(dir, path);
  if (before === undefined) return { path, state: 'new' };
  if (before.equals(Buffer.from(text))) return { path, state: 'same' };
  if (kept.files.get(path) === digest(before)) return { path, state: 'changed' };
  throw new CommandFailure(
    'refused',
    `${join(dir, path)} is not as mailweir dns wrote it, so it stays`,
    'move it away, or name another directory with --out; nothing was written',
  );
}

/** What was written once and is not made now, as long as nobody has changed it since. */
async function staleFiles(dir: string, files: readonly OwnFile[], possible: readonly string[], kept: Kept): Promise<readonly string[]> {
  const gone = possible.filter((path) => kept.files.has(path) && files.every((file) => file.path !== path));
  const contents = await Promise.all(gone.map(async (path) => ({ path, content: await contentOf(dir, path) })));
  return contents.flatMap(({ path, content }) => (content !== undefined && digest(content) === kept.files.get(path) ? [path] : []));
}

/** @returns undefined when nothing is there. @throws CommandFailure for what is no plain file, or is reached over a link that may lead out of the directory */
async function contentOf(dir: string, path: string): Promise<Buffer | undefined> {
  const names = path.split('/');
  for (const end of names.keys()) {
    const place = join(dir, ...names.slice(0, end + 1));
    const found = await lstat(place).catch(absent);
    if (found === undefined) return undefined;
    const isLast = end === names.length - 1;
    if (!(isLast ? found.isFile() : found.isDirectory()) || found.size > mostOctets)
      throw new CommandFailure(
        'refused',
        `${place} is no ${isLast ? 'plain file of ours' : 'directory'}, so nothing is written there`,
        'move it away, or name another directory with --out',
      );
  }
  return await readFile(join(dir, ...names));
}

function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}

const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');

async function makeDirectories(dir: string, path: string): Promise<void> {
  const names = path.split('/').slice(0, -1);
  for (const end of names.keys()) {
    const place = join(dir, ...names.slice(0, end + 1));
    const made = await mkdir(place, { recursive: true }); // undefined where it was there: its mode is its owner's
    if (made !== undefined) await chmod(place, openDirectory);
  }
}

/** For everybody to read, whatever the umask. A reader sees the old file or the new one, never half of one. */
async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${randomUUID()}.tmp`);
  try {
    const file = await open(temporary, 'wx', 0o644);
    try {
      await file.chmod(0o644);
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
