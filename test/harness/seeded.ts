/** mulberry32: small, even enough to choose by. @returns whole numbers of 32 bits, the same for the same seed */
function numbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** @returns numbers from 0 up to 1, so that each run is the same run */
export function seeded(seed: number): () => number {
  const next = numbers(seed);
  return () => next() / 2 ** 32;
}

/** @returns whole numbers from 0 that are below what is asked, so that each run is the same run */
export function seededBelow(seed: number): (below: number) => number {
  const next = numbers(seed);
  return (below) => next() % below;
}
