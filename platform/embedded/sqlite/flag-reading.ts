import { setImmediate as nextTurn } from 'node:timers/promises';
import type { FlagRow, MailboxContents, MailboxDelta, MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import { readFlags, seenBit } from '../../../core/mailbox/stored-flags.ts';
import type { Flag } from '../../../core/values/flags.ts';
import { mergeRanges, type NumberRange, type NumberSet } from '../../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { Connection } from './connection.ts';
import { type BlockRow, blockColumns, blockOf, firstWithout, readBlock, uidsOfBlock } from './flag-block.ts';
import { inOrder } from './in-order.ts';
import { openedRow, statusOf } from './mailbox-rows.ts';
import { collect } from './reads.ts';

/** Blocks read before the event loop gets its turn, where each message of theirs becomes a row: a millisecond or two. */
const blocksPerTurn = 50;
/** The same where only their UIDs are read. */
const contentsPerTurn = 400;

const allBlocks = `SELECT ${blockColumns} FROM flag_blocks WHERE mailbox = ? ORDER BY block`;
const someBlocks = `SELECT ${blockColumns} FROM flag_blocks WHERE mailbox = ? AND block BETWEEN ? AND ? ORDER BY block`;
const changedBlocks = `SELECT ${blockColumns} FROM flag_blocks WHERE mailbox = ? AND modseq > ?`;

/** The connection must be a snapshot's. */
async function each(blocks: Iterable<BlockRow>, take: (row: BlockRow) => void, perTurn = blocksPerTurn): Promise<void> {
  let taken = 0;
  for (const row of blocks) {
    take(row);
    taken += 1;
    if (taken % perTurn === 0) await nextTurn();
  }
}

/** What a SELECT needs: of most blocks only which UIDs are there. @throws MailboxGone */
export async function contentsOf(sql: Connection, mailbox: number): Promise<MailboxContents> {
  const status = statusOf(sql, mailbox);
  const parts: (readonly number[])[] = [];
  const keywords = new Set<string>();
  let firstUnseen: number | undefined;
  const take = (row: BlockRow): void => {
    parts.push(uidsOfBlock(row));
    if (row.keywords !== null) for (const keyword of row.keywords.split(/[ \n]/)) keywords.add(keyword);
    firstUnseen ??= firstWithout(row, seenBit);
  };
  await each(sql.iterate<BlockRow>(allBlocks, mailbox), take, contentsPerTurn);
  const uids = new Uint32Array(parts.reduce((count, part) => count + part.length, 0));
  let at = 0;
  for (const part of parts) {
    uids.set(part, at);
    at += part.length;
  }
  return { uids, keywords: [...keywords] as Flag[], ...(firstUnseen !== undefined && { firstUnseen: firstUnseen as Uid }), status };
}

/** @throws MailboxGone */
export async function snapshotOf(
  sql: Connection,
  mailbox: number,
): Promise<{ readonly rows: readonly FlagRow[]; readonly status: MailboxStatus }> {
  const status = statusOf(sql, mailbox);
  const found = new FlagRows();
  await each(sql.iterate<BlockRow>(allBlocks, mailbox), (row) => readBlock(row, found.take));
  return { status, rows: found.rows };
}

/** @throws MailboxGone */
export async function flagsOf(sql: Connection, mailbox: number, uids: NumberSet): Promise<readonly FlagRow[]> {
  statusOf(sql, mailbox);
  const found = new FlagRows();
  const take = found.among(uids);
  await each(blocksWith(sql, mailbox, uids), (row) => readBlock(row, take));
  return found.rows;
}

/** Of some messages side by side, by UID. */
export function flagsBetween(sql: Connection, mailbox: number, { from, to }: NumberRange): ReadonlyMap<Uid, FlagRow> {
  const found = new FlagRows();
  for (const row of sql.iterate<BlockRow>(someBlocks, mailbox, blockOf(from), blockOf(to))) readBlock(row, found.take);
  return new Map(found.rows.map((row) => [row.uid, row]));
}

function* blocksWith(sql: Connection, mailbox: number, uids: NumberSet): Generator<BlockRow> {
  for (const { from, to } of mergeRanges(uids.map((range) => ({ from: blockOf(range.from), to: blockOf(range.to) }))))
    yield* sql.iterate<BlockRow>(someBlocks, mailbox, from, to);
}

/** @throws MailboxGone */
export async function deltaOf(sql: Connection, mailbox: number, modseq: Modseq): Promise<MailboxDelta> {
  const { status, acl } = openedRow(sql, mailbox);
  const { highestModseq, uidNext } = status;
  const now = { highestModseq, uidNext, ...(acl && { acl }) };
  if (modseq >= highestModseq) return { changed: [], vanished: [], ...now };
  const touched = await collect(sql.iterate<BlockRow>(changedBlocks, mailbox, modseq), (row) => row);
  const changed = new FlagRows();
  const take = changed.after(Number(modseq));
  await each(await inOrder(touched, ({ block }) => block), (row) => readBlock(row, take));
  const gone = await collect(
    sql.iterate<{ uid_from: number; uid_to: number }>(
      'SELECT uid_from, uid_to FROM expunged WHERE mailbox = ? AND modseq > ?',
      mailbox,
      modseq,
    ),
    (row) => ({ from: row.uid_from, to: row.uid_to }),
  );
  const vanished = mergeRanges(await inOrder(gone, ({ from }) => from));
  return { changed: changed.rows, vanished, ...now };
}

type Take = Parameters<typeof readBlock>[1];

/** Gathers rows. Equal flags are one array, and a MODSEQ that many share one bigint: a large mailbox costs an object a message. */
class FlagRows {
  readonly rows: FlagRow[] = [];
  readonly #sets = new Map<string, (readonly Flag[])[]>();
  #modseq = 0n as Modseq;
  #asNumber = 0;

  readonly take: Take = (uid, flags, keywords, modseq) => {
    if (modseq !== this.#asNumber) {
      this.#asNumber = modseq;
      this.#modseq = BigInt(modseq) as Modseq;
    }
    this.rows.push({ uid: uid as Uid, flags: this.#flagsOf(flags, keywords), modseq: this.#modseq });
  };

  /** Takes those that are in the set: call it with ascending UIDs. */
  among(uids: NumberSet): Take {
    let at = 0;
    return (uid, ...rest) => {
      while ((uids[at]?.to ?? uid) < uid) at += 1;
      if ((uids[at]?.from ?? uid + 1) <= uid) this.take(uid, ...rest);
    };
  }

  after(least: number): Take {
    return (uid, flags, keywords, modseq) => {
      if (modseq > least) this.take(uid, flags, keywords, modseq);
    };
  }

  #flagsOf(flags: number, keywords: string): readonly Flag[] {
    let sets = this.#sets.get(keywords);
    if (sets === undefined) {
      sets = [];
      this.#sets.set(keywords, sets);
    }
    sets[flags] ??= readFlags({ flags, keywords });
    return sets[flags];
  }
}
