/** Places sorted in one go: some milliseconds. */
const blockSize = 8_192;
/** Places merged before others get their turn. */
const mergedPerTurn = 32_768;

/** Sorts without keeping others waiting. @param places are put in order. @param compare never 0 for two different places */
export async function sortInTurns(
  places: Uint32Array,
  compare: (a: number, b: number) => number,
  giveTurn: () => Promise<void>,
): Promise<Uint32Array> {
  for (let at = 0; at < places.length; at += blockSize) {
    places.subarray(at, at + blockSize).sort(compare);
    await giveTurn();
  }
  let [from, to]: [Uint32Array, Uint32Array] = [places, new Uint32Array(places.length > blockSize ? places.length : 0)];
  for (let width = blockSize; width < places.length; width *= 2) {
    let merged = 0;
    for (let at = 0; at < from.length; at += 2 * width) {
      for (const done of merging(from, to, at, width, compare)) {
        merged += done;
        if (merged < mergedPerTurn) continue;
        merged = 0;
        await giveTurn();
      }
    }
    [from, to] = [to, from];
  }
  return from;
}

/** Merges two neighbours of `width` places each into one. @yields how many places were merged since */
function* merging(
  from: Uint32Array,
  to: Uint32Array,
  start: number,
  width: number,
  compare: (a: number, b: number) => number,
): Generator<number> {
  const [middle, end] = [Math.min(start + width, from.length), Math.min(start + 2 * width, from.length)];
  let [left, right] = [start, middle];
  for (let at = start; at < end; at++) {
    const fromLeft = right >= end || (left < middle && compare(from[left] as number, from[right] as number) < 0);
    to[at] = (fromLeft ? from[left++] : from[right++]) as number;
    if ((at - start) % mergedPerTurn === mergedPerTurn - 1) yield mergedPerTurn;
  }
  yield (end - start) % mergedPerTurn;
}
