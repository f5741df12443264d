import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { play } from './play.ts';
import type { Tally } from './worker.ts';
import { playAll } from './workers.ts';

/** `MODEL_RUNS` plays more or fewer; `MODEL_SEED` plays one and prints what happened. */
const runs = Number(process.env.MODEL_RUNS ?? 10_000);
const replayed = process.env.MODEL_SEED;
const atATime = 250;
const told = 80; // lines of a broken run

async function story(seed: number): Promise<string> {
  const { broken, trace } = await play(seed, {}, true);
  return [`seed ${seed}: ${broken?.what ?? 'all is well'}`, ...trace.slice(-told), `MODEL_SEED=${seed} plays it again`].join('\n');
}

describe('slots under lost, late and repeated calls, crashes, stops, cuts, clocks that jump and limits that change', () => {
  it(`keep every promise (${runs} seeded runs)`, { skip: replayed !== undefined }, async (t) => {
    const batches = Array.from({ length: Math.ceil(runs / atATime) }, (_, at) => ({
      first: at * atATime + 1,
      count: Math.min(atATime, runs - at * atATime),
      leftOut: undefined,
      enough: 1,
    }));
    const tallies = await playAll(batches);
    const sum = (of: (tally: Tally) => number): number => tallies.reduce((all, tally) => all + of(tally), 0);
    const [first] = tallies.flatMap(({ broken }) => broken);
    if (first !== undefined) assert.fail(await story(first.seed));
    t.diagnostic(`${sum((r) => r.admitted)} admitted, ${sum((r) => r.refused)} refused, ${sum((r) => r.landed)} late copies applied`);
    assert.ok(sum((r) => r.admitted) > runs * 20, 'so few were admitted that the runs prove nothing');
    assert.ok(sum((r) => r.refused) > runs * 20, 'so few were refused that the runs prove nothing');
    assert.ok(sum((r) => r.landed) > runs / 20, 'so few late copies applied that the runs prove nothing');
  });

  it('play the same run for the same seed', async () => {
    const [once, again] = [await play(7, {}, true), await play(7, {}, true)];
    assert.ok(once.trace.length > 100);
    assert.deepEqual(once, again);
  });

  it('tell what happened in one run', { skip: replayed === undefined && 'MODEL_SEED is not set' }, async () => {
    const { broken, trace } = await play(Number(replayed), {}, true);
    console.log(trace.join('\n'));
    assert.equal(broken, undefined, broken?.what);
  });
});
