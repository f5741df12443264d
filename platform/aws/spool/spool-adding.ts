import { createHash } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { NewMessage, SpoolRow } from '../../../core/delivery/spool.ts';
import { hopOf } from '../../../core/delivery/spool-key.ts';
import type { SpoolId } from '../../../core/values/ids.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { inItems, inTransaction } from './row-sizes.ts';
import { type FactsOf, keyOf, newRowItem, rowOf } from './spool-items.ts';
import { dueKeyOf, hopKeyOf } from './spool-keys.ts';
import type { SpoolTable } from './spool-table.ts';
import { shownWrite, showWrite } from './spool-writes.ts';

/**
 * Adds a message's rows, all or nothing. More than a transaction takes are put before it, in no index, and shown after it: the first row knows how
 * many there are, so that whoever meets it goes on with showing them when this process could not.
 * The same message with another body is another transaction, which its condition refuses.
 * @returns the rows; those that are there, when the message was added before
 */
export async function addMessage(table: SpoolTable, message: NewMessage, factsOf: FactsOf): Promise<readonly SpoolRow[]> {
  const rows = inItems(message.rows);
  const puts = putsOf(table, message);
  const first = inTransaction(rows);
  for (let at = first, count = 0; at < puts.length; at += count) {
    count = inTransaction(rows.slice(at));
    await table.transact(tokenOf(message.message, message.body.id, at), puts.slice(at, at + count));
  }
  const refused = await table.transact(tokenOf(message.message, message.body.id, 0), puts.slice(0, first));
  if (puts.length > first) await showRows(table, message.message);
  const items = refused.length > 0 ? await table.ofMessage(message.message) : puts.map(({ Put }) => Put?.Item ?? {});
  return await Promise.all(items.map((item) => rowOf(item, refused.length > 0 ? factsOf : async () => message.body.facts)));
}

/** Rows of a message as parts of a transaction. */
export function putsOf({ name }: SpoolTable, message: NewMessage): readonly TransactWriteItem[] {
  const rows = inItems(message.rows);
  const shown = inTransaction(rows);
  return rows.map((row, part) => {
    const key = { message: message.message, part };
    const item = newRowItem(row, key, message, part < shown);
    const first = rows.length > shown && part === 0 ? { [shape.rowsToShow]: { N: String(rows.length) } } : {};
    const absent = { ConditionExpression: 'attribute_not_exists(#m)', ExpressionAttributeNames: { '#m': shape.partitionKey } };
    return { Put: { TableName: name, Item: { ...item, ...first }, ...absent } };
  });
}

/** Puts every row of a message into the indexes that is not held. */
export async function showRows(table: SpoolTable, message: SpoolId): Promise<void> {
  const rows = await table.ofMessage(message);
  for (const item of rows.filter((row) => row[shape.hopKey] === undefined && row[shape.held] === undefined)) {
    const key = keyOf(item);
    await table.update(showWrite(key, hopKeyOf(hopOf(item[shape.hop]?.S ?? ''), key), dueKeyOf(key)));
  }
  await table.update(shownWrite({ message, part: 0 }));
}

export const hasRowsToShow = (item: Attributes): boolean => item[shape.rowsToShow] !== undefined;

/** At most 36 characters, as DynamoDB takes them. */
export const tokenOf = (...names: readonly (string | number)[]): string =>
  createHash('sha256').update(names.join(' ')).digest('base64url').slice(0, 36);
