import type { MailboxId } from '../../../core/values/ids.ts';
import { text, wholeNumber } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import type { AlongWrite } from './draft.ts';
import type { MailTable } from './mail-table.ts';
import { mailboxKey } from './mailbox-row.ts';

/** How long a delivery key is remembered: longer than any spool row lives. */
const kept = 40 * 86_400_000; // ms

const keyOf = (mailbox: MailboxId, key: string) => mailboxKey(mailbox, shape.deliveredPrefix + key);

/** Notes what a key got. @param met told when the key is there already */
export const deliveredWrite = (mailbox: MailboxId, key: string, uid: number, now: number, met: () => void): AlongWrite => ({
  write: {
    Put: {
      TableName: undefined,
      Item: {
        ...keyOf(mailbox, key),
        [shape.uid]: { N: String(uid) },
        [mailTableShape.expiry]: { N: String(Math.ceil((now + kept) / 1000)) },
      },
      ConditionExpression: 'attribute_not_exists(#p)',
      ExpressionAttributeNames: { '#p': mailTableShape.partitionKey },
    },
  },
  refused: met,
});

/** @returns the UIDs of those keys that are there */
export async function deliveredUids(table: MailTable, mailbox: MailboxId, keys: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (keys.length === 0) return new Map();
  const items = await table.getAll(keys.map((key) => keyOf(mailbox, key)));
  return new Map(
    items.map((item) => {
      const key = text(item[mailTableShape.sortKey], `a delivery key of mailbox ${mailbox}`).slice(shape.deliveredPrefix.length);
      return [key, wholeNumber(item[shape.uid], `UID of delivery key ${key}`)];
    }),
  );
}
