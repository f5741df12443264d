import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { World } from '../core/world.ts';
import { type Call, CommandFailure } from './command.ts';

export const dataDirOf = (call: Call): string => resolve(call.value('data') ?? 'data');

/**
 * Opens the data directory for one command, beside whatever processes run on it, and closes it whatever happens.
 * @param absent what a command does where there is no data yet: those that write make it, those that read have nothing to tell
 */
export async function withWorld(call: Call, absent: 'create' | 'fail', use: (world: World) => Promise<void>): Promise<void> {
  const dataDir = dataDirOf(call);
  if (absent === 'fail') requireData(dataDir);
  const world = await open(dataDir);
  try {
    await use(world);
  } finally {
    await world.close();
  }
}

async function open(dataDir: string): Promise<World> {
  const { openEmbeddedWorld } = await import('../platform/embedded/world.ts'); // late: help and usage errors need no database
  try {
    return await openEmbeddedWorld({ dataDir });
  } catch (error) {
    throw new Error(`the data in ${dataDir} can't be opened`, { cause: error });
  }
}

export function requireData(dataDir: string): void {
  if (existsSync(join(dataDir, 'mail.db'))) return;
  throw new CommandFailure(
    'failed',
    `there is no mail in ${dataDir}`,
    'start the server once, or name the directory it runs on with --data DIR',
  );
}
