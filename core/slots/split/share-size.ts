import type { HolderId } from '../../values/ids.ts';

const mostParts = 64;
/** Under this limit no more holders have slots at once than go into an item that is still cheap to write. */
const leastLimit = 64;

/**
 * Into how many parts a key is split: about √limit ÷ 2, as a power of two. More parts make each one's share small, and a small share is
 * moved often; fewer make the items large.
 * @param limit 0 = unlimited. @returns 1: the key is not split
 */
export function partsFor(limit: number): number {
  if (limit === 0) return mostParts;
  return limit < leastLimit ? 1 : Math.min(mostParts, 2 ** Math.floor(Math.log2(Math.sqrt(limit) / 2)));
}

/** Two parts that a holder may stand in; it takes the emptier one, or by chance some parts would have twice the holders of others. */
export function candidates(holder: HolderId, parts: number): readonly [number, number] {
  const hash = hashOf(holder);
  const first = hash % parts;
  return [first, (first + 1 + (Math.floor(hash / parts) % (parts - 1))) % parts];
}

/** FNV-1a, mixed, since ids that were made at one time differ only at their ends. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}

export interface ShareView {
  /** 0 = unlimited. */
  readonly limit: number;
  /** What all shares and holders of the root have together. */
  readonly n: number;
  /** Parts with a share, this one included. */
  readonly parts: number;
  /** Slots in use in this part. */
  readonly used: number;
}

/** Of what is in use: the least step, so that sessions that come and go do not move the share each time. */
const leastStep = 50;
/** Of what is still free for all: how many steps of each part it is good for. */
const stepsForEach = 2;

/** How many slots more than it needs a part's share is made larger. It may keep two such steps free; all together that is at most 4 % near the limit. */
export function shareStep({ limit, n, parts, used }: ShareView): number {
  const steady = Math.max(1, Math.ceil(used / leastStep));
  if (limit === 0) return Math.max(16, Math.ceil(used / stepsForEach));
  return Math.max(steady, Math.floor((limit - n) / (stepsForEach * parts)));
}
