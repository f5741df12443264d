import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { NewMessage } from '../../../core/delivery/spool.ts';
import type { SpoolId } from '../../../core/values/ids.ts';
import { roomForEach } from './row-sizes.ts';
import { putAhead, showRows } from './spool-adding.ts';
import { keyOf } from './spool-items.ts';
import type { SpoolTable } from './spool-table.ts';
import { hiddenCondition } from './spool-writes.ts';

/**
 * Ends an attempt at a row, and adds the reports on it in the same step. Of a report for more next hops than there is room for, the others are put
 * before, as those of any large message are.
 * @param token names this step: a copy that comes later does nothing
 * @returns false when the claim was lost
 */
export async function endWithReports(
  table: SpoolTable,
  token: string,
  ended: TransactWriteItem,
  reports: readonly NewMessage[],
): Promise<boolean> {
  const room = roomForEach(reports.length);
  const puts = await Promise.all(reports.map((report) => putAhead(table, report, room)));
  const large = reports.flatMap(({ message }, i) => (puts[i]?.rest.length === 0 ? [] : [message]));
  const refused = await table.transact(token, [ended, ...puts.flatMap(({ first }) => first)]);
  if (refused.length > 0) for (const message of large) await takeBack(table, message);
  // The attempt is over, whatever becomes of this: whoever claims the first row shows the others.
  else await Promise.allSettled(large.map((message) => showRows(table, message)));
  return refused.length === 0;
}

/** Removes what was put ahead of a step that was not done. Where its first row stands, an earlier copy of the step was done. */
async function takeBack(table: SpoolTable, message: SpoolId): Promise<void> {
  const keys = (await table.ofMessage(message)).map(keyOf);
  if (keys.some(({ part }) => part === 0)) return;
  for (const key of keys) await table.delete(key, hiddenCondition());
}
