import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BodyId } from '../../../core/values/ids.ts';
import { temporaryDir } from './body-file.ts';

/** A body that was staged and not taken for so long has lost whoever was to take it. */
const oldEnough = 3_600_000; // ms
const bodyName = /^[0-9A-HJKMNP-TV-Z]{26}$/;

/**
 * Removes what crashes left: half-written files, and files of bodies that no row knows.
 * @param unknown which of these ids have no row
 * @param mustStop looked at now and then: a large store takes a while
 * @returns files removed
 */
export async function sweepBodies(
  dir: string,
  now: number,
  unknown: (ids: readonly BodyId[]) => Promise<readonly BodyId[]>,
  mustStop: () => boolean = () => false,
): Promise<number> {
  let removed = 0;
  for (const name of await oldFiles(temporaryDir(dir), now)) {
    await rm(join(temporaryDir(dir), name), { force: true });
    removed += 1;
  }
  for (const leaf of await leaves(dir)) {
    if (mustStop()) break;
    const old = (await oldFiles(leaf, now)) as readonly BodyId[];
    for (const id of old.length === 0 ? [] : await unknown(old)) {
      await rm(join(leaf, id), { force: true });
      removed += 1;
    }
  }
  return removed;
}

async function leaves(dir: string): Promise<readonly string[]> {
  const all: string[] = [];
  for (const first of await fanOut(dir)) for (const second of await fanOut(join(dir, first))) all.push(join(dir, first, second));
  return all;
}

const fanOut = async (dir: string): Promise<readonly string[]> => (await readdir(dir)).filter((name) => name.length === 1);

async function oldFiles(dir: string, now: number): Promise<readonly string[]> {
  const names = (await readdir(dir)).filter((name) => bodyName.test(name));
  const old: string[] = [];
  for (const name of names) {
    const found = await stat(join(dir, name)).catch(() => undefined);
    if (found !== undefined && found.mtimeMs < now - oldEnough) old.push(name);
  }
  return old;
}
