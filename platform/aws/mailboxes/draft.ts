import type { AttributeValue, TransactWriteItem } from '@aws-sdk/client-dynamodb';
import { deletedBit, seenBit } from '../../../core/mailbox/stored-flags.ts';
import { inNumberSet, mergeRanges, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import { maxUid } from '../../../core/values/uid.ts';
import { Expression } from '../dynamodb/expression.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { isUnused } from './block-reading.ts';
import { packHistory } from './change-history.ts';
import { expungedItems } from './expunged-log.ts';
import { blockItem, blockKey, blockOf, type FlagBlock, type FlagEntry } from './flag-block.ts';
import { type MailboxRow, type RowNumbers, rowAttributes, watchersOf } from './mailbox-row.ts';

/** A write that goes along with a change. `refused` is told when its condition did not hold, before the change is tried again. */
export interface AlongWrite {
  readonly write: TransactWriteItem;
  readonly refused?: () => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A mailbox as it will be, when the changes that are made to this in memory are written: all of them in one transaction, or none. */
export class Draft {
  readonly row: MailboxRow;
  /** UIDs that delivery keys got the first time; of keys that were looked up. */
  readonly landed: ReadonlyMap<string, number>;
  readonly numbers: Mutable<RowNumbers>;
  readonly along: AlongWrite[] = [];
  /** Delivery keys that these changes add, and their UIDs. */
  readonly newKeys = new Map<string, number>();
  #modseq: number | undefined;
  readonly #blocks: ReadonlyMap<number, FlagBlock>;
  readonly #entries = new Map<number, readonly FlagEntry[]>();
  #gone: NumberSet = [];
  /** Blocks that were written before, and are part of the change. */
  #before: NumberSet = [];
  #touched = false;
  /** What the row is to say of these; undefined: as it is. */
  #hold: 'ends' | undefined;
  #leaving: number | 'ends' | undefined;

  constructor(row: MailboxRow, blocks: ReadonlyMap<number, FlagBlock>, landed: ReadonlyMap<string, number> = new Map()) {
    this.row = row;
    this.landed = landed;
    this.#blocks = blocks;
    const { version, uidNext, highestModseq, messages, unseen, deleted, size, recent, recentFrom, firstBlock } = row;
    this.numbers = { version: version + 1, uidNext, highestModseq, messages, unseen, deleted, size, recent, recentFrom, firstBlock };
  }

  /** One for all that changes in it: nobody sees a state between. */
  modseq(): number {
    this.#modseq ??= this.row.highestModseq + 1;
    this.numbers.highestModseq = Math.max(this.numbers.highestModseq, this.#modseq);
    return this.#modseq;
  }

  /** Numbers that were set aside for a change of which parts are written already; with it the hold ends. */
  useReserved(version: number, modseq: number, blocks: NumberSet): void {
    this.numbers.version = version;
    this.#modseq = modseq;
    this.#before = blocks;
    this.#hold = 'ends';
  }

  entriesOf(block: number): readonly FlagEntry[] {
    return this.#entries.get(block) ?? this.#blocks.get(block)?.entries ?? [];
  }

  entry(uid: number): FlagEntry | undefined {
    return this.entriesOf(blockOf(uid)).find((one) => one.uid === uid);
  }

  /** @returns its UID */
  add(message: Omit<FlagEntry, 'uid' | 'modseq'>): number {
    const uid = this.numbers.uidNext;
    if (uid >= maxUid) throw new Error(`mailbox ${this.row.mailbox} has used up its UIDs`);
    this.place([{ ...message, uid, modseq: this.modseq() }]);
    return uid;
  }

  /** @param entries all in one block, above those in it */
  place(entries: readonly FlagEntry[]): void {
    const block = blockOf(entries[0]?.uid ?? 0);
    this.#entries.set(block, [...this.entriesOf(block), ...entries]);
    this.count(entries);
  }

  /** @param entries new ones, at or above UIDNEXT */
  count(entries: readonly FlagEntry[]): void {
    this.#tally(entries, 1);
    this.numbers.recent += entries.length;
    this.numbers.uidNext = Math.max(this.numbers.uidNext, (entries.at(-1)?.uid ?? 0) + 1);
  }

  /** @param after entries of the same messages as the block has */
  replace(block: number, after: readonly FlagEntry[]): void {
    this.#tally(this.entriesOf(block), -1);
    this.#tally(after, 1);
    this.#entries.set(block, after);
  }

  /** Takes these messages away, and notes it for ever. */
  expunge(entries: readonly FlagEntry[]): NumberSet {
    const gone = numberSet(entries.map(({ uid }) => uid));
    this.uncount(entries, gone);
    for (const block of new Set(entries.map(({ uid }) => blockOf(uid)))) this.take(block, gone);
    this.#advanceFirstBlock();
    return gone;
  }

  /** Takes them out of the counts, and notes it for ever; the blocks still name them. */
  uncount(entries: readonly FlagEntry[], gone: NumberSet): void {
    this.modseq();
    this.#gone = mergeRanges([...this.#gone, ...gone]);
    this.#tally(entries, -1);
    this.numbers.recent -= entries.filter(({ uid }) => uid >= this.numbers.recentFrom).length;
  }

  take(block: number, gone: NumberSet): void {
    this.#entries.set(
      block,
      this.entriesOf(block).filter(({ uid }) => !inNumberSet(gone, uid)),
    );
  }

  /** Blocks at the low end that are known to be empty are read no more. */
  #advanceFirstBlock(): void {
    const { numbers } = this;
    const last = blockOf(numbers.uidNext);
    if (numbers.messages === 0) numbers.firstBlock = last;
    while (numbers.firstBlock < last && this.#entries.get(numbers.firstBlock)?.length === 0) numbers.firstBlock += 1;
  }

  #tally(entries: readonly FlagEntry[], sign: 1 | -1): void {
    const { numbers } = this;
    for (const { flags, size } of entries) {
      numbers.messages += sign;
      numbers.size += sign * size;
      if ((flags & seenBit) === 0) numbers.unseen += sign;
      if ((flags & deletedBit) !== 0) numbers.deleted += sign;
    }
  }

  claimRecent(): NumberSet {
    const { recentFrom, uidNext } = this.numbers;
    if (recentFrom >= uidNext) return [];
    this.numbers.recentFrom = uidNext;
    this.numbers.recent = 0;
    this.#touched = true;
    return [{ from: recentFrom, to: uidNext - 1 }];
  }

  /** The messages that were expunged stand in the blocks until someone takes them out. */
  beginLeaving(): void {
    this.#leaving = this.modseq();
  }

  endLeaving(): void {
    this.#leaving = 'ends';
    this.#touched = true;
    this.#advanceFirstBlock();
  }

  get isChanged(): boolean {
    return this.#touched || this.#entries.size > 0 || this.#gone.length > 0 || this.along.length > 0;
  }

  /** All writes of the transaction, the row's first. @param op names the change @param table name */
  writes(table: string, op: string, now: number): readonly AlongWrite[] {
    const log = this.#gone.length === 0 ? [] : expungedItems(this.row.mailbox, this.modseq(), this.#gone).map(put);
    const named = [...log, ...once(this.along)].map(({ write, ...rest }) => ({ ...rest, write: inTable(write, table) }));
    return [
      this.#rowWrite(table, op, now),
      ...[...this.#entries].map(([block, entries]) => this.#blockWrite(table, block, entries)),
      ...named,
    ];
  }

  #rowWrite(TableName: string, op: string, now: number): AlongWrite {
    const { item, history, hold, version } = this.row;
    const { [shape.hold]: held, [shape.leaving]: left, ...others } = item;
    const blocks = numberSet([...this.#entries.keys(), ...this.#before.flatMap(({ from, to }) => range(from, to))]);
    const change = { op, version: this.numbers.version, modseq: this.numbers.highestModseq, expunged: this.#gone.length > 0, blocks };
    const keepsHold = this.#hold !== 'ends' && hold !== undefined && hold.until > now;
    const leaving = typeof this.#leaving === 'number' ? { N: String(this.#leaving) } : this.#leaving === 'ends' ? undefined : left;
    const Item = {
      ...others,
      ...rowAttributes(this.numbers),
      [shape.changes]: { B: packHistory([change, ...history]) },
      ...watchersLeft(this.row, now),
      ...(keepsHold && held !== undefined ? { [shape.hold]: held } : {}),
      ...(leaving === undefined ? {} : { [shape.leaving]: leaving }),
    };
    return { write: { Put: { TableName, Item, ...hasVersion(version) } } };
  }

  /** An empty block stays, so that a change that was given up long ago can't put one of its own there; unless nobody reads there any more. */
  #blockWrite(TableName: string, number: number, entries: readonly FlagEntry[]): AlongWrite {
    const { mailbox } = this.row;
    const read = this.#blocks.get(number);
    const condition = isUnused(this.row, number) || read === undefined ? {} : hasVersion(read.version);
    if (number < this.numbers.firstBlock) return { write: { Delete: { TableName, Key: blockKey(mailbox, number), ...condition } } };
    const Item = blockItem(mailbox, { number, version: this.numbers.version, entries });
    return { write: { Put: { TableName, Item, ...condition } } };
  }
}

export const put = (Item: Record<string, AttributeValue>): AlongWrite => ({ write: { Put: { TableName: undefined, Item } } });

/** Nothing may stand there. */
export const putNew = (Item: Record<string, AttributeValue>): AlongWrite => ({
  write: { Put: { TableName: undefined, Item, ...hasVersion(0) } },
});

/** Of several changes that need the same item still to be there one asks: a transaction names no item twice. */
function once(along: readonly AlongWrite[]): readonly AlongWrite[] {
  const asked = new Map<string, AlongWrite>();
  const others: AlongWrite[] = [];
  for (const one of along) {
    const key = one.write.Update === undefined ? undefined : JSON.stringify(one.write.Update.Key);
    const before = key === undefined ? undefined : asked.get(key);
    if (key === undefined) others.push(one);
    else asked.set(key, before === undefined ? one : { ...one, refused: () => [before, one].forEach(({ refused }) => void refused?.()) });
  }
  return [...asked.values(), ...others];
}

/** Writes that go along are made without knowing the table. */
export function inTable(write: TransactWriteItem, TableName: string): TransactWriteItem {
  if (write.Put !== undefined) return { Put: { ...write.Put, TableName } };
  if (write.Delete !== undefined) return { Delete: { ...write.Delete, TableName } };
  if (write.Update !== undefined) return { Update: { ...write.Update, TableName } };
  return write;
}

/** 0: there is no such item. */
function hasVersion(version: number) {
  const x = new Expression();
  const ConditionExpression =
    version === 0 ? `attribute_not_exists(${x.name(mailTableShape.partitionKey)})` : `${x.name(shape.version)} = ${x.number(version)}`;
  return {
    ConditionExpression,
    ExpressionAttributeNames: x.names,
    ...(version === 0 ? {} : { ExpressionAttributeValues: x.values }),
  };
}

function watchersLeft(row: MailboxRow, now: number): Record<string, AttributeValue> {
  const all = row.item[shape.watchers]?.M;
  if (all === undefined) return {};
  const left = watchersOf(row.item, now);
  return { [shape.watchers]: { M: Object.fromEntries(left.map((at) => [at, all[at] ?? { N: '0' }])) } };
}

const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
