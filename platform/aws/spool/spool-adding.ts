import { createHash } from 'node:crypto';
import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { NewMessage, SpoolRow } from '../../../core/delivery/spool.ts';
import { hopOf } from '../../../core/delivery/spool-key.ts';
import type { SpoolId } from '../../../core/values/ids.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';
import { inItems, inTransaction, wholeTransaction } from './row-sizes.ts';
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
  const { first, rest } = await putAhead(table, message);
  const refused = await table.transact(tokenOf(message.message, message.body.id, 0), first);
  if (rest.length > 0) await showRows(table, message.message);
  const items = refused.length > 0 ? await table.ofMessage(message.message) : [...first, ...rest].map(({ Put }) => Put?.Item ?? {});
  return await Promise.all(items.map((item) => rowOf(item, refused.length > 0 ? factsOf : async () => message.body.facts)));
}

/** Rows of a message as parts of transactions. */
export interface Puts {
  /** What makes the message one of the spool. */
  readonly first: readonly TransactWriteItem[];
  /** Those that there was no room for. They stand in no index, and mean nothing before the first stand too. */
  readonly rest: readonly TransactWriteItem[];
}

/** Puts what there is no room for in the transaction that is to come. @returns what that one is to put, and what stands already */
export async function putAhead(table: SpoolTable, message: NewMessage, room = wholeTransaction): Promise<Puts> {
  const rows = inItems(message.rows);
  const first = inTransaction(rows, room);
  const puts = rows.map((row, part) => {
    const item = newRowItem(row, { message: message.message, part }, message, part < first);
    const more = rows.length > first && part === 0 ? { [shape.rowsToShow]: { N: String(rows.length) } } : {};
    const absent = { ConditionExpression: 'attribute_not_exists(#m)', ExpressionAttributeNames: { '#m': shape.partitionKey } };
    return { Put: { TableName: table.name, Item: { ...item, ...more }, ...absent } };
  });
  for (let at = first, count = 0; at < puts.length; at += count) {
    count = inTransaction(rows.slice(at));
    await table.transact(tokenOf(message.message, message.body.id, at), puts.slice(at, at + count));
  }
  return { first: puts.slice(0, first), rest: puts.slice(first) };
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
