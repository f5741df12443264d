import { deleted, type Flag, type MayFlag, permanentSystemFlags, seen } from '../values/flags.ts';
import { maxKeywords, TooManyKeywords } from './mailbox-store.ts';

/** Flags as stores keep them: a bit per system flag, keywords as text between spaces (an atom has no space). */
export interface StoredFlags {
  readonly flags: number;
  readonly keywords: string;
}

export const noFlags: StoredFlags = { flags: 0, keywords: '' };

const bitOf = new Map(permanentSystemFlags.map((flag, i) => [flag, 1 << i]));
export const seenBit = bitOf.get(seen) as number;
export const deletedBit = bitOf.get(deleted) as number;

const systemSets: readonly (readonly Flag[])[] = Array.from({ length: 1 << permanentSystemFlags.length }, (_, bits) =>
  permanentSystemFlags.filter((_, i) => (bits & (1 << i)) !== 0),
);

/** @throws TooManyKeywords */
export function storeFlags(flags: readonly Flag[]): StoredFlags {
  let bits = 0;
  const keywords = new Map<string, Flag>();
  for (const flag of flags) {
    const bit = bitOf.get(flag);
    if (bit !== undefined) bits |= bit;
    else if (!keywords.has(flag.toLowerCase())) keywords.set(flag.toLowerCase(), flag);
  }
  if (keywords.size > maxKeywords) throw new TooManyKeywords(`a message may have ${maxKeywords} keywords`);
  return { flags: bits, keywords: [...keywords.values()].join(' ') };
}

/** Sets without keywords are shared, so that a large mailbox costs no array per message. */
export function readFlags({ flags, keywords }: StoredFlags): readonly Flag[] {
  const system = systemSets[flags] ?? [];
  return keywords === '' ? system : [...system, ...(keywords.split(' ') as Flag[])];
}

const otherBits = ~(seenBit | deletedBit);

/** What is left of flags where not all may be set. */
export function flagsAllowed({ flags, keywords }: StoredFlags, { seen, deleted, others }: MayFlag): StoredFlags {
  const mask = (seen ? seenBit : 0) | (deleted ? deletedBit : 0) | (others ? otherBits : 0);
  return { flags: flags & mask, keywords: others ? keywords : '' };
}
