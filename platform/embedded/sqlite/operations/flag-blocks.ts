import type { NumberRange } from '../../../../core/values/number-set.ts';
import type { Connection } from '../connection.ts';
import { type BlockRow, blockColumns, blockOf, blockSize, entriesOf, type FlagEntry, packBlock } from '../flag-block.ts';

const oneBlock = `SELECT ${blockColumns} FROM flag_blocks WHERE mailbox = ? AND block = ?`;
const someBlocks = `SELECT ${blockColumns} FROM flag_blocks WHERE mailbox = ? AND block BETWEEN ? AND ? ORDER BY block`;

/** A message and its flags come and go in one transaction: one without the other is a fault of ours, and nothing may be made of it. */
export function flagless(mailbox: number, uid: number): never {
  throw new Error(`mailbox ${mailbox}: UID ${uid} has a message without flags, or flags without a message`);
}

/** Flags of a mailbox as the transaction found them. The last block is kept: sets of lone UIDs ask for it again and again. */
export class FlagEntries {
  readonly #sql: Connection;
  readonly #mailbox: number;
  #last: { readonly block: number; readonly entries: readonly FlagEntry[] } | undefined;

  constructor(sql: Connection, mailbox: number) {
    this.#sql = sql;
    this.#mailbox = mailbox;
  }

  /** @returns entries in the range, ascending, at most so many. @param mask system flags that they must have */
  in(range: NumberRange, { most = Number.POSITIVE_INFINITY, mask = 0 } = {}): readonly FlagEntry[] {
    const [first, last] = [blockOf(range.from), blockOf(range.to)];
    if (first === last) return within(this.#block(first), range, mask).slice(0, most);
    const found: FlagEntry[] = [];
    for (const row of this.#sql.iterate<BlockRow>(someBlocks, this.#mailbox, first, last)) {
      found.push(...within(entriesOf(row), range, mask));
      if (found.length >= most) break;
    }
    return found.slice(0, most);
  }

  #block(block: number): readonly FlagEntry[] {
    if (this.#last?.block !== block) this.#last = { block, entries: blockEntries(this.#sql, this.#mailbox, block) };
    return this.#last.entries;
  }
}

const within = (entries: readonly FlagEntry[], { from, to }: NumberRange, mask: number): readonly FlagEntry[] =>
  entries.filter(({ uid, flags }) => uid >= from && uid <= to && (flags & mask) === mask);

function blockEntries(sql: Connection, mailbox: number, block: number): readonly FlagEntry[] {
  const row = sql.get<BlockRow>(oneBlock, mailbox, block);
  return row === undefined ? [] : entriesOf(row);
}

/** Adds messages, or writes anew what is known of them. @param entries ascending UIDs */
export function putFlags(sql: Connection, mailbox: number, entries: readonly FlagEntry[]): void {
  for (const [block, some] of byBlock(entries, ({ uid }) => uid)) {
    const slots = slotsOf(sql, mailbox, block);
    for (const entry of some) slots[entry.uid % blockSize] = entry;
    writeBlock(sql, mailbox, block, slots);
  }
}

/** @param uids ascending */
export function dropFlags(sql: Connection, mailbox: number, uids: readonly number[]): void {
  for (const [block, some] of byBlock(uids, (uid) => uid)) {
    const slots = slotsOf(sql, mailbox, block);
    for (const uid of some) slots[uid % blockSize] = undefined;
    writeBlock(sql, mailbox, block, slots);
  }
}

function* byBlock<T>(items: readonly T[], uidOf: (item: T) => number): Generator<readonly [block: number, some: readonly T[]]> {
  for (let at = 0; at < items.length; ) {
    const block = blockOf(uidOf(items[at] as T));
    let end = at + 1;
    while (end < items.length && blockOf(uidOf(items[end] as T)) === block) end += 1;
    yield [block, items.slice(at, end)];
    at = end;
  }
}

function slotsOf(sql: Connection, mailbox: number, block: number): (FlagEntry | undefined)[] {
  const slots = new Array<FlagEntry | undefined>(blockSize).fill(undefined);
  for (const entry of blockEntries(sql, mailbox, block)) slots[entry.uid % blockSize] = entry;
  return slots;
}

function writeBlock(sql: Connection, mailbox: number, block: number, slots: readonly (FlagEntry | undefined)[]): void {
  const entries = slots.filter((entry) => entry !== undefined);
  if (entries.length === 0) {
    sql.run('DELETE FROM flag_blocks WHERE mailbox = ? AND block = ?', mailbox, block);
    return;
  }
  const { modseq, packed, keywords } = packBlock(entries);
  sql.run(
    `INSERT INTO flag_blocks (mailbox, block, modseq, packed, keywords) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (mailbox, block) DO UPDATE SET modseq = excluded.modseq, packed = excluded.packed, keywords = excluded.keywords`,
    mailbox,
    block,
    modseq,
    packed,
    keywords,
  );
}
