import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BodyMissing } from '../../../core/mailbox/message-bodies.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import { bodyPath } from './body-path.ts';
import { syncDir } from './private-dir.ts';

const writeSize = 65_536; // octets gathered per write
export const readSize = 65_536;

/** Directories of bodies that this process knows to survive a power cut: at most 1024 per data directory. */
const durable = new Set<string>();

/** A large body on its way to disk: a temporary file in the same file system, moved to its place once it is synced. */
export class BodyFile {
  readonly #dir: string;
  readonly #id: BodyId;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  #gathered = Buffer.allocUnsafeSlow(writeSize);
  #used = 0;

  private constructor(dir: string, id: BodyId, temporary: string, handle: FileHandle) {
    this.#dir = dir;
    this.#id = id;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  static async create(dir: string, id: BodyId): Promise<BodyFile> {
    const temporary = join(temporaryDir(dir), id);
    const handle = await open(temporary, 'wx', 0o600);
    await handle.chmod(0o600);
    return new BodyFile(dir, id, temporary, handle);
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + writeSize - this.#used);
      this.#gathered.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      if (this.#used === writeSize) await this.#flush();
    }
  }

  /** After this the file is where `readBodyFile` finds it, and survives a power cut. */
  async commit(): Promise<void> {
    await this.#flush();
    await this.#handle.sync();
    await this.#handle.close();
    const place = bodyPath(this.#dir, this.#id);
    const leaf = dirname(place);
    await mkdir(leaf, { recursive: true, mode: 0o700 });
    await rename(this.#temporary, place);
    await syncDir(leaf);
    if (durable.has(leaf)) return;
    // The directories are entries of the ones above them, which must survive as well. That one is there already says nothing: who made it
    // may be another body that has not synced it yet, or a process that was killed before it could.
    await syncDir(dirname(leaf));
    await syncDir(this.#dir);
    durable.add(leaf);
  }

  async abort(): Promise<void> {
    await this.#handle.close().catch(() => {});
    await rm(this.#temporary, { force: true });
    await rm(bodyPath(this.#dir, this.#id), { force: true });
  }

  async #flush(): Promise<void> {
    for (let at = 0; at < this.#used; ) at += (await this.#handle.write(this.#gathered, at, this.#used - at)).bytesWritten;
    this.#used = 0;
  }
}

export const temporaryDir = (dir: string): string => join(dir, 'tmp');

/** @throws BodyMissing */
export async function* readBodyFile(dir: string, id: BodyId, from: number, to: number): AsyncGenerator<Uint8Array> {
  if (to <= from) return;
  try {
    yield* createReadStream(bodyPath(dir, id), { start: from, end: to - 1, highWaterMark: readSize }) as AsyncIterable<Buffer>;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new BodyMissing(`body ${id} is gone`, { cause: error });
    throw error;
  }
}

export const removeBodyFile = (dir: string, id: BodyId): Promise<void> => rm(bodyPath(dir, id), { force: true });
