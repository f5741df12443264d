import { median } from './report.ts';

const rounds = 3;

/** Ours and the reference take turns, after one turn each that does not count, so that a slow moment of the machine meets both. */
export async function inTurns(ours: () => Promise<number>, other: () => Promise<number>): Promise<{ ours: number; reference: number }> {
  await ours();
  await other();
  const figures = { ours: [] as number[], other: [] as number[] };
  for (let i = 0; i < rounds; i += 1) {
    figures.ours.push(await ours());
    figures.other.push(await other());
  }
  return { ours: median(figures.ours), reference: median(figures.other) };
}
