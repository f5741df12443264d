import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { StoredFlags } from '../../../core/mailbox/stored-flags.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { mailboxShape as shape } from '../mail-shapes.ts';
import { mailboxKey } from './mailbox-row.ts';
import { Packer, Unpacker } from './packing.ts';

/**
 * UIDs that share an item. With some 7 octets a message a block is half a KB, so that a change costs one write unit however full it is; and with
 * 64 keywords of 64 octets on each of 64 messages it is 270 KB, under the 400 KB of an item.
 */
export const blockSize = 64;

/** What a block knows of a message. */
export interface FlagEntry extends StoredFlags {
  readonly uid: number;
  readonly modseq: number;
  /** Octets, prefix included. */
  readonly size: number;
}

/** Flags of the messages with UIDs from `number × 64` on. */
export interface FlagBlock {
  readonly number: number;
  /** The row's version when it was written: whoever meets an older one than the row tells of has read too early. 0: there is no such item. */
  readonly version: number;
  /** Ascending UIDs. */
  readonly entries: readonly FlagEntry[];
}

export const blockOf = (uid: number): number => Math.floor(uid / blockSize);
export const firstUidOf = (block: number): number => block * blockSize;

export const blockSortKey = (block: number): string => shape.blockPrefix + String(block).padStart(8, '0');
export const blockKey = (mailbox: MailboxId, block: number): Record<string, AttributeValue> => mailboxKey(mailbox, blockSortKey(block));

const layout = 1;
const withKeywords = 0x80;

export function blockItem(mailbox: MailboxId, { number, version, entries }: FlagBlock): Record<string, AttributeValue> {
  const base = entries.reduce((least, { modseq }) => Math.min(least, modseq), Number.MAX_SAFE_INTEGER);
  const packer = new Packer().octet(layout).octets(bitmapOf(entries, number));
  if (entries.length > 0) packer.number(base);
  const keywords = new Map<string, number>();
  for (const entry of entries) packEntry(packer, entry, base, keywords);
  return {
    ...blockKey(mailbox, number),
    [shape.version]: { N: String(version) },
    [shape.flags]: { B: packer.done() },
    ...(keywords.size === 0 ? {} : { [shape.keywords]: { S: [...keywords.keys()].join(' ') } }),
  };
}

function packEntry(packer: Packer, { flags, keywords, modseq, size }: FlagEntry, base: number, known: Map<string, number>): void {
  packer
    .octet(keywords === '' ? flags : flags | withKeywords)
    .number(modseq - base)
    .number(size);
  if (keywords === '') return;
  const words = keywords.split(' ');
  packer.number(words.length);
  for (const word of words) {
    const index = known.get(word) ?? known.size;
    known.set(word, index);
    packer.number(index);
  }
}

function bitmapOf(entries: readonly FlagEntry[], block: number): Uint8Array {
  const bits = new Uint8Array(blockSize / 8);
  for (const { uid } of entries) {
    const at = uid - firstUidOf(block);
    bits[at >> 3] = (bits[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return bits;
}

/** @throws naming the block when the item is none of ours */
export function blockFrom(item: Attributes, mailbox: MailboxId): FlagBlock {
  const sortKey = text(item.sk, `sort key of a block of mailbox ${mailbox}`);
  const number = Number(sortKey.slice(shape.blockPrefix.length));
  const where = `block ${sortKey} of mailbox ${mailbox}`;
  const packed = new Unpacker(item[shape.flags]?.B, where);
  if (packed.octet() !== layout) throw new Error(`${where} has a layout that is not known here`);
  const bits = packed.octets(blockSize / 8);
  const dictionary = item[shape.keywords]?.S?.split(' ') ?? [];
  const uids = Array.from({ length: blockSize }, (_, i) => i).filter((i) => ((bits[i >> 3] ?? 0) & (1 << (i & 7))) !== 0);
  const base = uids.length === 0 ? 0 : packed.number();
  const entries = uids.map((i): FlagEntry => {
    const first = packed.octet();
    const modseq = base + packed.number();
    const size = packed.number();
    const keywords = (first & withKeywords) === 0 ? '' : keywordsFrom(packed, dictionary);
    return { uid: firstUidOf(number) + i, flags: first & ~withKeywords, keywords, modseq, size };
  });
  return { number, version: Number(item[shape.version]?.N), entries };
}

function keywordsFrom(packed: Unpacker, dictionary: readonly string[]): string {
  return Array.from({ length: packed.number() }, () => dictionary[packed.number()] ?? '').join(' ');
}
