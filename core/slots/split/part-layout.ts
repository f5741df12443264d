import type { HolderId } from '../../values/ids.ts';
import type { OpId, SlotEntry, SlotItem, SlotKey, SlotMove } from '../slot-store.ts';

/**
 * How a split key stands in the store, in nothing but moves that every store can do.
 *
 * The key's own item, the *root*, has one entry for each part: the share of the limit that the part may give out. A part is an item of its
 * own with an entry for each holder that stands in it, and one entry more, `WITHHELD`, which takes away from `ceiling` all but the share:
 * so `n + d <= ceiling` says "no more than the share", taking share away is a take that is refused when the share is in use, and each
 * change of the share has a version.
 */
const ceiling = 1_000_000_000;
const withheld = 'WITHHELD' as HolderId;
const partKeys = 'part/';

export const partKey = (key: SlotKey, part: number): SlotKey => `${partKeys}${part}/${key}` as SlotKey;
export const isPartKey = (key: SlotKey): boolean => key.startsWith(partKeys);
/** The key that a part belongs to; any other key as it is. */
export const wholeKey = (key: SlotKey): SlotKey => (isPartKey(key) ? (key.slice(key.indexOf('/', partKeys.length) + 1) as SlotKey) : key);

const shareName = /^PART(\d+)$/;
/** The part's entry in the root. */
export const shareHolder = (part: number): HolderId => `PART${part}` as HolderId;

export const isShare = (holder: HolderId): boolean => shareName.test(holder);

export const nothing: SlotItem = { n: 0, entries: new Map() };

/**
 * A holder enters a part with this entry before it takes anything, so that each of its takes names a version. An item that was swept has no
 * such version: nobody takes from a part that does not know its share.
 */
export const joined: SlotEntry = { count: 0, version: '0' as OpId };

const withheldIn = (part: SlotItem): number => part.entries.get(withheld)?.count ?? ceiling;

/** No entry yet: nothing was ever given to it. */
export const isOpened = (part: SlotItem): boolean => part.entries.has(withheld);
export const shareOf = (part: SlotItem): number => ceiling - withheldIn(part);
export const usedOf = (part: SlotItem): number => (isOpened(part) ? part.n - withheldIn(part) : part.n);
export const freeOf = (part: SlotItem): number => shareOf(part) - usedOf(part);

/** The last change of the part's share; undefined when it was not opened. */
export const shareVersion = (part: SlotItem): OpId | undefined => part.entries.get(withheld)?.version;

/** The parts that the root knows, and the share of each. */
export function sharesIn(root: SlotItem): ReadonlyMap<number, number> {
  const shares = new Map<number, number>();
  for (const [name, { count }] of root.entries) {
    const part = shareName.exec(name)?.[1];
    if (part !== undefined) shares.set(Number(part), count);
  }
  return shares;
}

/** Those who hold slots, without what only keeps the books. */
export function holdersIn(item: SlotItem): Map<HolderId, SlotEntry> {
  const holders = new Map(item.entries);
  for (const name of item.entries.keys()) if (name === withheld || isShare(name)) holders.delete(name);
  return holders;
}

/** A holder's move, in its part. */
export const moveInPart = (move: SlotMove, part: number, from: SlotEntry): SlotMove => ({
  ...within(move.key, part),
  holder: move.holder,
  from,
  to: move.to,
});

export const joinMove = (key: SlotKey, part: number, holder: HolderId): SlotMove => ({
  ...within(key, part),
  holder,
  from: undefined,
  to: joined,
});

/** Sets the share of a part from what was seen of it. Refused when more is in use. */
export const shareMove = (key: SlotKey, part: number, seen: SlotItem, share: number, version: OpId): SlotMove => ({
  ...within(key, part),
  holder: withheld,
  from: seen.entries.get(withheld),
  to: { count: ceiling - share, version },
});

const within = (key: SlotKey, part: number) => ({ key: partKey(key, part), limit: ceiling, total: false, setLimit: false }) as const;
