import { randomFillSync } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { NewId } from '../../core/values/ids.ts';

const pool = new Uint32Array(1024);
let next = pool.length;

/** The ULID library asks for a random number per character; one call to the system fills many. */
function random(): number {
  if (next === pool.length) {
    randomFillSync(pool);
    next = 0;
  }
  return (pool[next++] as number) / 2 ** 32;
}

/** ULIDs, strictly rising within this process. */
export function systemNewId(): NewId {
  const ulid = monotonicFactory(random);
  return () => ulid();
}
