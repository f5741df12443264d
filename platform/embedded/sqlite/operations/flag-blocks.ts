import type { NumberRange } from '../../../../core/values/number-set.ts';
import type { Connection } from '../connection.ts';
import { appendToBlock, type BlockRow, blockColumns, blockOf, blockSize, entriesOf, type FlagEntry, packBlock } from '../flag-block.ts';

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

const rowOf = (sql: Connection, mailbox: number, block: number): BlockRow | undefined => sql.get<BlockRow>(oneBlock, mailbox, block);

function blockEntries(sql: Connection, mailbox: number, block: number): readonly FlagEntry[] {
  const row = rowOf(sql, mailbox, block);
  return row === undefined ? [] : entriesOf(row);
}

/** Adds messages, or writes anew what is known of them. @param entries ascending UIDs */
export function putFlags(sql: Connection, mailbox: number, entries: readonly FlagEntry[]): void {
  for (const [block, some] of byBlock(entries, ({ uid }) => uid)) {
    const row = rowOf(sql, mailbox, block);
    if (row === undefined) insertBlock(sql, mailbox, packBlock(some));
    else updateBlock(sql, mailbox, appendToBlock(row, some) ?? packBlock(replaced(row, some)));
  }
}

/** @param uids ascending */
export function dropFlags(sql: Connection, mailbox: number, uids: readonly number[]): void {
  for (const [block, some] of byBlock(uids, (uid) => uid)) {
    const gone = new Set(some);
    const left = blockEntries(sql, mailbox, block).filter(({ uid }) => !gone.has(uid));
    if (left.length > 0) updateBlock(sql, mailbox, packBlock(left));
    else sql.run('DELETE FROM flag_blocks WHERE mailbox = ? AND block = ?', mailbox, block);
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

function replaced(row: BlockRow, entries: readonly FlagEntry[]): readonly FlagEntry[] {
  const slots = new Array<FlagEntry | undefined>(blockSize).fill(undefined);
  for (const entry of [...entriesOf(row), ...entries]) slots[entry.uid % blockSize] = entry;
  return slots.filter((entry) => entry !== undefined);
}

const insertBlock = (sql: Connection, mailbox: number, { block, modseq, packed, keywords }: BlockRow): void =>
  void sql.run(`INSERT INTO flag_blocks (mailbox, ${blockColumns}) VALUES (?, ?, ?, ?, ?)`, mailbox, block, modseq, packed, keywords);

const updateBlock = (sql: Connection, mailbox: number, { block, modseq, packed, keywords }: BlockRow): void =>
  void sql.run(
    'UPDATE flag_blocks SET modseq = ?, packed = ?, keywords = ? WHERE mailbox = ? AND block = ?',
    modseq,
    packed,
    keywords,
    mailbox,
    block,
  );
