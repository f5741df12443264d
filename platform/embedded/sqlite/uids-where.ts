import { setImmediate as nextTurn } from 'node:timers/promises';
import { inBoth, type NumberRange, type NumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Connection } from './connection.ts';

/** Rows that one statement passes over, of which it gives few back: some milliseconds. */
const rowsPerWindow = 4_096;
/** A set of more ranges is looked at from its first to its last number. */
const mostRanges = 64;

const windowEnd = 'SELECT uid FROM messages WHERE mailbox = ? AND uid >= ? ORDER BY uid LIMIT 1 OFFSET ?';

/** How a statement is run: see Reads. */
export type Ask = <T>(read: (sql: Connection) => T) => Promise<T>;

/**
 * Goes through rows of a mailbox some thousands at a time, so that nobody waits for long.
 * @param find UIDs among the messages from one to another
 */
export async function uidsWhere(
  ask: Ask,
  mailbox: number,
  uids: NumberSet,
  find: (sql: Connection, window: NumberRange) => readonly number[],
  signal?: AbortSignal,
): Promise<NumberSet> {
  const found: number[] = [];
  for (const { from, to } of spansOf(uids)) {
    for (let next = from; next <= to; ) {
      const start = next;
      next = await ask((sql) => {
        const last = sql.get<{ uid: number }>(windowEnd, mailbox, start, rowsPerWindow - 1)?.uid ?? to;
        const end = Math.min(last, to);
        for (const uid of find(sql, { from: start, to: end })) found.push(uid);
        return end + 1;
      });
      await nextTurn();
      signal?.throwIfAborted();
    }
  }
  return inBoth(numberSet(found), uids);
}

function spansOf(uids: NumberSet): NumberSet {
  const [first, last] = [uids[0], uids.at(-1)];
  return first === undefined || last === undefined || uids.length <= mostRanges ? uids : [{ from: first.from, to: last.to }];
}
