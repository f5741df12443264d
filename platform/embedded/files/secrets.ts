import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secrets } from '../../../core/world.ts';

/** No separator and no leading dot: a name can't lead out of the directory. */
const secretName = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** One file per secret, its trailing line break not counted. */
export const fileSecrets = (dir: string): Secrets => ({
  async get(name) {
    if (!secretName.test(name)) return undefined;
    try {
      return (await readFile(join(dir, name), 'utf8')).replace(/\r?\n$/, '');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
      throw error;
    }
  },
});
