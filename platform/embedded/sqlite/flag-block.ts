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
   * How many octets an age has; a bit for each UID, set where there is a message; then of each message its system flags, which of the
   * block's sets of keywords it has (0: none; left out where no message has any), and its age: how far its MODSEQ is below the block's.
   */
  readonly packed: Uint8Array;
  /** Sets of keywords that messages have, each once, between line feeds. */
  readonly keywords: string | null;
}

export const blockColumns = 'block, modseq, packed, keywords';

export const blockOf = (uid: number): number => Math.floor(uid / blockSize);

const [widthAt, bitmapAt, flagsAt] = [0, 1, 1 + blockSize / 8];

/** @param entries ascending UIDs of one block, at least one */
export function packBlock(entries: readonly FlagEntry[]): BlockRow {
  const block = blockOf(entries[0]?.uid ?? 0);
  const modseq = entries.reduce((highest, entry) => Math.max(highest, entry.modseq), 0);
  const sets = setsOf(entries);
  const width = widthOf(modseq - entries.reduce((lowest, entry) => Math.min(lowest, entry.modseq), modseq));
  const count = entries.length;
  const setsAt = flagsAt + count;
  const agesAt = setsAt + (sets.size === 0 ? 0 : count);
  const packed = new Uint8Array(agesAt + count * width);
  const view = new DataView(packed.buffer);
  packed[widthAt] = width;
  for (const [i, entry] of entries.entries()) {
    const bit = entry.uid - block * blockSize;
    packed[bitmapAt + (bit >> 3)] = (packed[bitmapAt + (bit >> 3)] ?? 0) | (1 << (bit & 7));
    packed[flagsAt + i] = entry.flags;
    if (sets.size > 0) packed[setsAt + i] = sets.get(entry.keywords) ?? 0;
    writeAge(view, agesAt + i * width, width, modseq - entry.modseq);
  }
  return { block, modseq, packed, keywords: sets.size === 0 ? null : [...sets.keys()].join('\n') };
}

function setsOf(entries: readonly FlagEntry[]): ReadonlyMap<string, number> {
  const sets = new Map<string, number>();
  for (const { keywords } of entries) if (keywords !== '' && !sets.has(keywords)) sets.set(keywords, sets.size + 1);
  return sets;
}

type Width = 0 | 1 | 2 | 4 | 8;

const widthOf = (age: number): Width => (age === 0 ? 0 : age < 0x100 ? 1 : age < 0x1_0000 ? 2 : age < 0x1_0000_0000 ? 4 : 8);

function writeAge(view: DataView, at: number, width: Width, age: number): void {
  if (width === 1) view.setUint8(at, age);
  else if (width === 2) view.setUint16(at, age, true);
  else if (width === 4) view.setUint32(at, age, true);
  else if (width === 8) view.setFloat64(at, age, true); // whole up to 2^53, as MODSEQs here are
}

function readAge(view: DataView, at: number, width: number): number {
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
  const { packed, modseq, keywords } = row;
  const sets = keywords === null ? undefined : ['', ...keywords.split('\n')];
  const view = new DataView(packed.buffer, packed.byteOffset, packed.length);
  const uids = uidsOfBlock(row);
  const width = packed[widthAt] ?? 0;
  const setsAt = flagsAt + uids.length;
  const agesAt = sets === undefined ? setsAt : setsAt + uids.length;
  for (let i = 0; i < uids.length; i += 1) {
    const set = sets === undefined ? '' : (sets[packed[setsAt + i] ?? 0] ?? '');
    take(uids[i] ?? 0, packed[flagsAt + i] ?? 0, set, modseq - readAge(view, agesAt + i * width, width));
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
