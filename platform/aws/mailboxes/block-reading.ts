import { inNumberSet, type NumberSet } from '../../../core/values/number-set.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { mailTableShape } from '../mail-shapes.ts';
import { leavingBy } from './expunged-log.ts';
import { blockFrom, blockKey, blockOf, blockSortKey, type FlagBlock, firstUidOf } from './flag-block.ts';
import { type MailTable, rest } from './mail-table.ts';
import { type MailboxRow, mailboxKey } from './mailbox-row.ts';
import { readRow } from './read-row.ts';

/** Blocks side by side that are read with one query rather than one by one: a query is paid by its sum, a single item by itself. */
const worthQuery = 3;
/** Blocks between that nobody asked for are read along rather than asking twice. */
const mostBetween = 8;
const firstPause = 5; // ms, doubled each time
const mostRereads = 10;

/** Numbers of the blocks that may have messages of the set. */
export function blocksOf({ firstBlock, uidNext }: Pick<MailboxRow, 'firstBlock' | 'uidNext'>, uids: NumberSet): readonly number[] {
  const numbers: number[] = [];
  for (const { from, to } of uids) {
    const last = blockOf(Math.min(to, uidNext - 1));
    for (let number = Math.max(blockOf(from), firstBlock, (numbers.at(-1) ?? -1) + 1); number <= last; number += 1) numbers.push(number);
  }
  return numbers;
}

export const allUids: NumberSet = [{ from: 1, to: 0xffff_ffff }];

/**
 * Reads blocks as they are at the row's version or later; messages that the row does not count yet are left out. A transaction appears item by
 * item to reads like these: whoever has seen the row it wrote can still meet a block as it was before. The row's history tells, and such a block is
 * read again.
 * @param numbers ascending
 * @returns a block for each of them, an empty one for those that are not there
 */
export async function readBlocks(table: MailTable, row: MailboxRow, numbers: readonly number[]): Promise<ReadonlyMap<number, FlagBlock>> {
  const leaving = row.leaving === undefined ? [] : await leavingBy(table, row.mailbox, row.leaving);
  const found = new Map<number, FlagBlock>();
  let wanted = numbers;
  for (let pause = firstPause, left = mostRereads; wanted.length > 0; pause *= 2, left -= 1) {
    const items = await itemsOf(table, row, wanted);
    for (const number of wanted) found.set(number, { number, version: 0, entries: [] });
    for (const item of items) {
      const block = blockFrom(item, row.mailbox);
      if (found.has(block.number)) found.set(block.number, block);
    }
    const least = leastVersions(row);
    wanted = wanted.filter((number) => (found.get(number)?.version ?? 0) < least(number));
    if (wanted.length === 0) break;
    if (left === 0) throw new Error(`blocks ${wanted.join()} of mailbox ${row.mailbox} stay behind its row`);
    await rest(pause);
    // Or its last messages went since the row was read: then the block went too, and whoever goes by this row is told so by what changed after it.
    const { firstBlock } = await readRow(table, row.mailbox);
    wanted = wanted.filter((number) => number >= firstBlock);
  }
  for (const [number, block] of found) {
    const entries = block.entries.filter(({ uid }) => uid < row.uidNext && !inNumberSet(leaving, uid));
    if (entries.length < block.entries.length) found.set(number, { ...block, entries });
  }
  return found;
}

/** @returns which version a block must have at least, as the row's history tells it */
function leastVersions({ history }: MailboxRow): (block: number) => number {
  return (block) => history.find(({ blocks }) => inNumberSet(blocks, block))?.version ?? 0;
}

async function itemsOf(table: MailTable, { mailbox }: MailboxRow, numbers: readonly number[]): Promise<readonly Attributes[]> {
  const runs = runsOf(numbers);
  const single = runs.flatMap((run) => (run.length < worthQuery ? run : []));
  const queried = runs.filter((run) => run.length >= worthQuery);
  const partition = mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };
  const pages = await Promise.all([
    table.getAll(single.map((number) => blockKey(mailbox, number))),
    ...queried.map((run) => table.between(partition, blockSortKey(run[0] ?? 0), blockSortKey(run.at(-1) ?? 0))),
  ]);
  return pages.flat();
}

function runsOf(numbers: readonly number[]): readonly (readonly number[])[] {
  const runs: number[][] = [];
  for (const number of numbers) {
    const run = runs.at(-1);
    if (run !== undefined && number - (run.at(-1) ?? 0) <= mostBetween) run.push(number);
    else runs.push([number]);
  }
  return runs;
}

/** Nobody has a message in it yet: what stands there was left by a change that was never made. */
export const isUnused = ({ uidNext }: Pick<MailboxRow, 'uidNext'>, block: number): boolean => firstUidOf(block) >= uidNext;
