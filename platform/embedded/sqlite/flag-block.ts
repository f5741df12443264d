import type { StoredFlags } from '../../../core/mailbox/stored-flags.ts';

/**
 * UIDs that share a row of `flag_blocks`. With four octets a message a full block is half a KB, so that a row stays within its page even where
 * every message has another MODSEQ, and a mailbox of 100,000 is read in 800 rows.
 */
export const blockSize = 128;

/** What a block knows of a message. */
export interface FlagEntry extends StoredFlags {
  readonly uid: number;
  readonly modseq: number;
}

/** A row of `flag_blocks`: the messages with UIDs from `block × 128` on. */
export interface BlockRow {
  readonly block: number;
  /** The highest of its messages. */
  readonly modseq: number;
  /**
   * How many octets a rise has; the lowest MODSEQ; a bit for each UID, set where there is a message; then of all messages their system flags,
   * which of the block's sets of keywords each has (0: none; left out where no message has any), and how far each MODSEQ rises above the lowest.
   */
  readonly packed: Uint8Array;
  /** Sets of keywords that messages have, each once, between line feeds. */
  readonly keywords: string | null;
}

export const blockColumns = 'block, modseq, packed, keywords';

export const blockOf = (uid: number): number => Math.floor(uid / blockSize);

const [widthAt, lowestAt, bitmapAt, flagsAt] = [0, 1, 9, 9 + blockSize / 8];

/** @param entries ascending UIDs of one block, at least one */
export function packBlock(entries: readonly FlagEntry[]): BlockRow {
  const block = blockOf(entries[0]?.uid ?? 0);
  let [lowest, modseq] = [Number.MAX_SAFE_INTEGER, 0];
  for (const entry of entries) {
    lowest = Math.min(lowest, entry.modseq);
    modseq = Math.max(modseq, entry.modseq);
  }
  const sets = setsOf(entries);
  const width = widthOf(modseq - lowest);
  const count = entries.length;
  const setsAt = flagsAt + count;
  const risesAt = setsAt + (sets.size === 0 ? 0 : count);
  const packed = new Uint8Array(risesAt + count * width);
  const view = new DataView(packed.buffer);
  packed[widthAt] = width;
  view.setFloat64(lowestAt, lowest, true);
  for (const [i, entry] of entries.entries()) {
    mark(packed, entry.uid);
    packed[flagsAt + i] = entry.flags;
    if (sets.size > 0) packed[setsAt + i] = sets.get(entry.keywords) ?? 0;
    writeRise(view, risesAt + i * width, width, entry.modseq - lowest);
  }
  return { block, modseq, packed, keywords: sets.size === 0 ? null : [...sets.keys()].join('\n') };
}

/**
 * What a delivery does, without unpacking what is there.
 * @param entries ascending UIDs of the same block
 * @returns undefined when they do not fit in as they are: one is not above all that are there, or has a MODSEQ or keywords that the block has no room for
 */
export function appendToBlock(row: BlockRow, entries: readonly FlagEntry[]): BlockRow | undefined {
  const { packed } = row;
  const width = packed[widthAt] ?? 0;
  const count = (packed.length - flagsAt) / (1 + width); // where there are no keywords
  const lowest = new DataView(packed.buffer, packed.byteOffset).getFloat64(lowestAt, true);
  const highest = Math.max(...entries.map((entry) => entry.modseq));
  const isAbove = (entries[0]?.uid ?? 0) > lastUid(row) && entries.every((entry) => entry.modseq >= lowest);
  if (!isAbove || widthOf(highest - lowest) > width || row.keywords !== null || entries.some(({ keywords }) => keywords !== ''))
    return undefined;
  const grown = new Uint8Array(packed.length + entries.length * (1 + width));
  const view = new DataView(grown.buffer);
  const [risesAt, grownRisesAt] = [flagsAt + count, flagsAt + count + entries.length];
  grown.set(packed.subarray(0, risesAt));
  grown.set(packed.subarray(risesAt), grownRisesAt);
  for (const [i, entry] of entries.entries()) {
    mark(grown, entry.uid);
    grown[risesAt + i] = entry.flags;
    writeRise(view, grownRisesAt + (count + i) * width, width as Width, entry.modseq - lowest);
  }
  return { ...row, modseq: Math.max(row.modseq, highest), packed: grown };
}

function mark(packed: Uint8Array, uid: number): void {
  const at = bitmapAt + ((uid % blockSize) >> 3);
  packed[at] = (packed[at] ?? 0) | (1 << (uid % 8));
}

function lastUid({ block, packed }: BlockRow): number {
  for (let i = blockSize / 8 - 1; i >= 0; i -= 1) {
    const bits = packed[bitmapAt + i] ?? 0;
    if (bits !== 0) return block * blockSize + i * 8 + 31 - Math.clz32(bits);
  }
  return 0;
}

function setsOf(entries: readonly FlagEntry[]): ReadonlyMap<string, number> {
  const sets = new Map<string, number>();
  for (const { keywords } of entries) if (keywords !== '' && !sets.has(keywords)) sets.set(keywords, sets.size + 1);
  return sets;
}

type Width = 0 | 1 | 2 | 4 | 8;

const widthOf = (rise: number): Width => (rise === 0 ? 0 : rise < 0x100 ? 1 : rise < 0x1_0000 ? 2 : rise < 0x1_0000_0000 ? 4 : 8);

function writeRise(view: DataView, at: number, width: Width, rise: number): void {
  if (width === 1) view.setUint8(at, rise);
  else if (width === 2) view.setUint16(at, rise, true);
  else if (width === 4) view.setUint32(at, rise, true);
  else if (width === 8) view.setFloat64(at, rise, true); // whole up to 2^53, as MODSEQs here are
}

function readRise(view: DataView, at: number, width: number): number {
  if (width === 0) return 0;
  if (width === 1) return view.getUint8(at);
  if (width === 2) return view.getUint16(at, true);
  return width === 4 ? view.getUint32(at, true) : view.getFloat64(at, true);
}

/** @returns the block's UIDs, ascending */
export function uidsOfBlock({ block, packed }: Pick<BlockRow, 'block' | 'packed'>): readonly number[] {
  const uids: number[] = [];
  const first = block * blockSize;
  for (let i = 0; i < blockSize / 8; i += 1) {
    for (let left = packed[bitmapAt + i] ?? 0; left !== 0; left &= left - 1) uids.push(first + i * 8 + 31 - Math.clz32(left & -left));
  }
  return uids;
}

/** Tells each message of a block, ascending: called for a hundred thousand of them, so that none is made an object here. */
export function readBlock(row: BlockRow, take: (uid: number, flags: number, keywords: string, modseq: number) => void): void {
  const { packed, keywords } = row;
  const sets = keywords === null ? undefined : ['', ...keywords.split('\n')];
  const uids = uidsOfBlock(row);
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const [width, lowest] = [packed[widthAt] ?? 0, view.getFloat64(lowestAt, true)];
  const setsAt = flagsAt + uids.length;
  const risesAt = sets === undefined ? setsAt : setsAt + uids.length;
  for (let i = 0; i < uids.length; i += 1) {
    const set = sets === undefined ? '' : (sets[packed[setsAt + i] ?? 0] ?? '');
    take(uids[i] ?? 0, packed[flagsAt + i] ?? 0, set, lowest + readRise(view, risesAt + i * width, width));
  }
}

/** @returns UID of the first message without the flag; undefined when all have it */
export function firstWithout(row: Pick<BlockRow, 'block' | 'packed'>, bit: number): number | undefined {
  return uidsOfBlock(row).find((_, i) => ((row.packed[flagsAt + i] ?? 0) & bit) === 0);
}

export function entriesOf(row: BlockRow): FlagEntry[] {
  const entries: FlagEntry[] = [];
  readBlock(row, (uid, flags, keywords, modseq) => entries.push({ uid, flags, keywords, modseq }));
  return entries;
}
