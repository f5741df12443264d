import { setImmediate as nextTurn } from 'node:timers/promises';
import { collect, rowsPerTurn } from './reads.ts';

/** Sorts a long list as `collect` reads one: giving up the turn now and then. What is in order already costs one look. */
export async function inOrder<T>(items: readonly T[], keyOf: (item: T) => number): Promise<readonly T[]> {
  if (items.every((item, i) => i === 0 || keyOf(items[i - 1] as T) <= keyOf(item))) return items;
  const runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += rowsPerTurn) {
    runs.push(items.slice(at, at + rowsPerTurn).sort((a, b) => keyOf(a) - keyOf(b)));
    await nextTurn();
  }
  return await collect(merged(runs, keyOf), (item) => item);
}

function* merged<T>(runs: readonly (readonly T[])[], keyOf: (item: T) => number): Generator<T> {
  const [only] = runs;
  if (runs.length === 1 && only !== undefined) return yield* only;
  const half = runs.length >> 1;
  const [one, other] = [merged(runs.slice(0, half), keyOf), merged(runs.slice(half), keyOf)];
  let [a, b] = [one.next(), other.next()];
  while (a.done !== true || b.done !== true) {
    if (b.done === true || (a.done !== true && keyOf(a.value) <= keyOf(b.value))) {
      yield a.value as T;
      a = one.next();
    } else {
      yield b.value;
      b = other.next();
    }
  }
}
