import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretStore } from '../../../core/world.ts';
import { syncDir } from './private-dir.ts';

/** No separator and no leading dot: a name can't lead out of the directory. Room for the longest domain, and a selector behind it. */
const secretName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,249}$/;

/** One file per secret, its trailing line break not counted. */
export const fileSecrets = (dir: string): SecretStore => ({
  async get(name) {
    if (!secretName.test(name)) return undefined;
    const text = await unlessMissing(readFile(join(dir, name), 'utf8'));
    return text?.replace(/\r?\n$/, '');
  },

  async put(name, value) {
    if (!secretName.test(name)) throw new Error(`${JSON.stringify(name.slice(0, 80))} can be no name of a secret`);
    await replace(dir, name, value);
  },

  async names(prefix) {
    const names = (await unlessMissing(readdir(dir))) ?? [];
    return names.filter((name) => name.startsWith(prefix) && secretName.test(name)).sort();
  },

  async remove(name) {
    if (!secretName.test(name)) return false;
    const removed = await unlessMissing(rm(join(dir, name)).then(() => true));
    if (removed === true) await syncDir(dir);
    return removed === true;
  },
});

/** Never half a secret under its name, and none that anybody else could read for a moment. */
async function replace(dir: string, name: string, value: string): Promise<void> {
  const made = join(dir, `.${randomUUID()}`);
  try {
    const file = await open(made, 'wx', 0o600);
    try {
      await file.writeFile(value);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(made, join(dir, name));
  } catch (error) {
    await rm(made, { force: true });
    throw error;
  }
  await syncDir(dir);
}

async function unlessMissing<T>(step: Promise<T>): Promise<T | undefined> {
  try {
    return await step;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
