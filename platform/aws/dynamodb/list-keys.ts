import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { SlotKey } from '../../../core/slots/slot-store.ts';
import { slotTableShape as shape } from '../table-shapes.ts';
import { answered } from './answered.ts';
import { text } from './attributes.ts';
import { Expression } from './expression.ts';

const pageTime = 10_000; // ms: nobody's session waits for it
const pageItems = 1_000; // some 0.3 MB, so that a page comes in time over a slow line too

/**
 * The first keys in use, in their order. The table has none, so all of it is read: 128 read units per MB, whatever the prefix. Only names cross
 * the network, and no more of them are kept than asked for.
 */
export async function listKeys(client: DynamoDBClient, table: string, prefix: string, most: number): Promise<readonly SlotKey[]> {
  let first: string[] = [];
  let from: Record<string, AttributeValue> | undefined;
  do {
    const page = await scanPage(client, table, prefix, from);
    first = [...first, ...page.names].sort(byCodePoint).slice(0, most);
    from = page.next;
  } while (from !== undefined);
  return first.map((name) => name.slice(shape.keyPrefix.length) as SlotKey);
}

interface Page {
  readonly names: readonly string[];
  readonly next: Record<string, AttributeValue> | undefined;
}

async function scanPage(client: DynamoDBClient, table: string, prefix: string, from: Page['next']): Promise<Page> {
  const x = new Expression();
  const pk = x.name(shape.partitionKey);
  const command = new ScanCommand({
    TableName: table,
    Limit: pageItems,
    ProjectionExpression: pk,
    FilterExpression: `begins_with(${pk}, ${x.text(shape.keyPrefix + prefix)}) AND ${x.name(shape.count)} > ${x.number(0)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ...(from === undefined ? {} : { ExclusiveStartKey: from }),
  });
  const { Items = [], LastEvaluatedKey } = await answered((sending) => client.send(command, sending), { time: pageTime });
  return { names: Items.map((item) => text(item[shape.partitionKey], 'the key of a scanned item')), next: LastEvaluatedKey };
}

/** As SQLite orders the keys of the other world: by their UTF-8 bytes. */
const byCodePoint = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
