import { Broken, type Invariant } from './broken.ts';
import { calm } from './calm.ts';
import { Chance } from './chance.ts';
import type { Double } from './double.ts';
import { planOf } from './plan.ts';
import { turmoil } from './turmoil.ts';
import { World } from './world.ts';

export interface Played {
  readonly seed: number;
  readonly admitted: number;
  readonly refused: number;
  readonly writes: number;
  readonly landed: number;
  readonly broken: { readonly invariant: Invariant; readonly what: string } | undefined;
  /** The last of what happened, when it was asked for. */
  readonly trace: readonly string[];
}

/** Plays one run. The same seed plays the same one. @param traced whether what happened is kept, to be read */
export async function play(seed: number, double: Double = {}, traced = false): Promise<Played> {
  const chance = new Chance(seed);
  const world = new World(planOf(chance), chance, double, traced);
  let broken: Played['broken'];
  try {
    await turmoil(world);
    await calm(world);
  } catch (error) {
    broken =
      error instanceof Broken
        ? { invariant: error.invariant, what: error.message }
        : { invariant: 'no surprise', what: String((error as Error).stack) };
  }
  const { admitted, refused, writes, landed, trace } = world;
  return { seed, admitted, refused, writes, landed, broken, trace: trace.lines };
}
