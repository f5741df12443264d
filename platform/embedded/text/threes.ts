/** Threes of a needle that are looked up: more of them rule out hardly more. */
const mostThrees = 48;

/** Three characters in a row, each once, as FTS5 cuts them. None when there are not so many: UTF-16 counts some twice. */
export function threesOf(needle: string): readonly string[] {
  const characters = [...needle];
  const threes = new Set<string>();
  for (let i = 0; i + 3 <= characters.length && threes.size < mostThrees; i++) threes.add(characters.slice(i, i + 3).join(''));
  return [...threes];
}

/** @returns what FTS5 is asked for */
export const matchOf = (threes: readonly string[]): string => threes.map((three) => `"${three.replaceAll('"', '""')}"`).join(' AND ');
