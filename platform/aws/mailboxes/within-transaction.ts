import type { FlagBlock } from './flag-block.ts';

/** Octets of blocks that go into one transaction, which takes 4 MB. */
const mostOctets = 2_500_000;
const octetsOfEntry = 12;

/** A block's octets at most: words that several messages share are stored once. */
const octetsOf = ({ entries }: FlagBlock): number => entries.reduce((sum, { keywords }) => sum + octetsOfEntry + keywords.length, 200);

/** @returns as many of the blocks, from the first on, as one transaction takes: usually all. @param more octets that each entry may grow by */
export function fitting(blocks: readonly FlagBlock[], more = 0): readonly FlagBlock[] {
  let octets = 0;
  const count = blocks.findIndex((block) => {
    octets += octetsOf(block) + more * block.entries.length;
    return octets > mostOctets;
  });
  return count < 0 ? blocks : blocks.slice(0, Math.max(1, count));
}

/** What was to be changed at once is more than a transaction takes: to be done in smaller parts. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge';
}
