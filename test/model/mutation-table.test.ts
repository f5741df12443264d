import assert from 'node:assert/strict';
import { it } from 'node:test';
import { mutations, nameOf } from './mutations.ts';
import type { Tally } from './worker.ts';
import { playAll } from './workers.ts';

const most = 400; // runs
const enough = 40; // runs, when some of them are broken

function row(name: string, { broken, runs }: Tally): string {
  const [first] = broken;
  const failed = `${broken.length} of ${runs}`.padStart(10);
  return first === undefined
    ? `${name.padEnd(88)} ${failed}`
    : `${name.padEnd(88)} ${failed}   seed ${String(first.seed).padStart(3)}   ${first.broken?.invariant}`;
}

it('every rule of the lease scheme that is left out breaks a promise', async (t) => {
  const names = mutations.map(nameOf);
  const tallies = await playAll(names.map((leftOut) => ({ first: 1, count: most, leftOut, enough })));
  t.diagnostic(`${'rule: what is left out'.padEnd(88)} ${'broken runs'.padStart(11)}`);
  for (const [at, tally] of tallies.entries()) t.diagnostic(row(names[at] ?? '', tally));
  assert.deepEqual(
    names.filter((_, at) => tallies[at]?.broken.length === 0),
    [],
    'left out, and nobody noticed',
  );
});
