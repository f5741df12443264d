import type { MailboxId } from '../../../core/values/ids.ts';
import { mailTableShape } from '../mail-shapes.ts';
import type { MailTable } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';
import { recordFrom, recordKey, recordSortKey, type StoredMessage } from './message-record.ts';

/** Records read at once: some 60 KB. */
export const recordsAtOnce = 100;
/** Below this part of a range of UIDs that is wanted, records are asked for one by one: a query is paid for all it passes. */
const worthQuery = 0.5;

/** @param uids ascending, at most `recordsAtOnce`. @returns those that are there, by UID */
export async function readRecords(
  table: MailTable,
  mailbox: MailboxId,
  uids: readonly number[],
): Promise<ReadonlyMap<number, StoredMessage>> {
  const [first, last] = [uids[0], uids.at(-1)];
  if (first === undefined || last === undefined) return new Map();
  const partition = mailboxKey(mailbox, '')[mailTableShape.partitionKey] ?? { S: '' };
  const items =
    uids.length > 1 && uids.length / (last - first + 1) >= worthQuery
      ? await table.between(partition, recordSortKey(first), recordSortKey(last))
      : await table.getAll(uids.map((uid) => recordKey(mailbox, uid)));
  const wanted = new Set(uids);
  return new Map(
    items
      .map(recordFrom)
      .filter(({ uid }) => wanted.has(uid))
      .map((record) => [record.uid, record]),
  );
}

export function* inGroups<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
