/** The first ten characters of a session id are its time: no later session begins with them, so what was read stays safe to type. */
const least = 10;

/** @returns for each id its shortest beginning that no other of them has */
export function shortIds(ids: readonly string[]): ReadonlyMap<string, string> {
  const sorted = ids.toSorted();
  return new Map(sorted.map((id, i) => [id, id.slice(0, Math.max(least, shared(id, sorted[i - 1]) + 1, shared(id, sorted[i + 1]) + 1))]));
}

function shared(id: string, other = ''): number {
  let same = 0;
  while (same < id.length && id[same] === other[same]) same += 1;
  return same;
}
