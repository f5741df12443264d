import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Ask } from '../core/observe/asking.ts';
import type { World } from '../core/world.ts';
import { type Call, CommandFailure } from './command.ts';
import type { CommandWorld } from './command-world.ts';

/** Where a command works: a data directory of this machine, or a stage on AWS. */
export type Place = { readonly dataDir: string } | { readonly stage: string };

/** `--stage` and `--data` go before MAILWEIR_STAGE. */
export function placeOf(call: Call): Place {
  const [stage, dataDir] = [call.value('stage'), call.value('data')];
  if (stage !== undefined && dataDir !== undefined)
    throw new CommandFailure('usage', 'a command works on --data or on --stage, not on both', 'leave out one of them');
  if (stage !== undefined) return { stage };
  const usual = process.env.MAILWEIR_STAGE;
  return dataDir === undefined && usual !== undefined && usual !== '' ? { stage: usual } : { dataDir: resolve(dataDir ?? 'data') };
}

export const placeText = (place: Place): string => ('stage' in place ? `the stage ${place.stage}` : place.dataDir);

/**
 * Opens the data directory or the stage for one command, beside whatever processes run on it, and closes it whatever happens.
 * @param absent what a command does where there is no data yet: those that write make it, those that read have nothing to tell. A stage is made by its deploy alone
 */
export async function withWorld(call: Call, absent: 'create' | 'fail', use: (world: CommandWorld) => Promise<void>): Promise<void> {
  const place = placeOf(call);
  if ('stage' in place) return await (await import('./stage/with-stage.ts')).withStage(place.stage, use);
  const { dataDir } = place;
  if (absent === 'fail') requireData(dataDir);
  const world = await open(dataDir);
  try {
    await use({ ...world, ...lookingAround, ask: await askingOn(dataDir) });
  } finally {
    await world.close();
  }
}

/** For commands that only ask the processes. */
export async function withProcesses(call: Call, use: (ask: Ask, place: Place) => Promise<void>): Promise<void> {
  const place = placeOf(call);
  if ('stage' in place) return await (await import('./stage/with-stage.ts')).withStageProcesses(place.stage, (ask) => use(ask, place));
  requireData(place.dataDir);
  await use(await askingOn(place.dataDir), place);
}

/** The processes of one machine look for what is due all the time. */
const lookingAround = { delivery: 'processes' as const, dispatcher: { wake: () => {} }, wakeCollecting: async () => {} };

async function askingOn(dataDir: string): Promise<Ask> {
  const { askProcesses } = await import('../platform/embedded/ask-processes.ts');
  return (request, whom) => askProcesses(dataDir, request, whom);
}

async function open(dataDir: string): Promise<World> {
  const { openEmbeddedWorld } = await import('../platform/embedded/world.ts'); // late: help and usage errors need no database
  try {
    return await openEmbeddedWorld({ dataDir });
  } catch (error) {
    throw new Error(`the data in ${dataDir} can't be opened`, { cause: error });
  }
}

function requireData(dataDir: string): void {
  if (existsSync(join(dataDir, 'mail.db'))) return;
  throw new CommandFailure(
    'failed',
    `there is no mail in ${dataDir}`,
    'start the server once, or name the directory it runs on with --data DIR, or a stage on AWS with --stage NAME',
  );
}
