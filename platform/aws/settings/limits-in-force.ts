import { ConditionalCheckFailedException, type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { TotalLimit } from '../../../core/slots/total-limits.ts';
import { type Attributes, optionalWhole } from '../dynamodb/attributes.ts';
import { pkOfKey } from '../dynamodb/slot-items.ts';
import { slotTableShape as shape } from '../table-shapes.ts';

/**
 * Puts limits of totals into force, for all processes at one moment: before the first of them has read its settings, everybody adopts with his
 * next write what stands there. A key that nobody holds anything of has no item, and its first holder brings its limit along.
 *
 * An item remembers which version of the settings its limit is from, and takes none of the same or an earlier one: a late copy of this write
 * changes nothing, and a limit that a process announced since then stays.
 * @returns how many were changed
 */
export async function putLimitsInForce(
  { client, table }: { readonly client: DynamoDBClient; readonly table: string },
  limits: readonly TotalLimit[],
  version: number,
): Promise<number> {
  const changed = await Promise.all(
    limits.map(async ({ key, limit }) => {
      const get = new GetItemCommand({ TableName: table, Key: pkOfKey(key), ConsistentRead: true });
      const { Item } = await client.send(get);
      if (Item === undefined || !isNews(Item, limit, version)) return false; // looked at first: a write that is refused costs as much as one that is not
      return await written(client, table, { key, limit }, version);
    }),
  );
  return changed.filter(Boolean).length;
}

const isNews = (item: Attributes, limit: number, version: number): boolean =>
  optionalWhole(item[shape.limit], 'limit in force') !== limit &&
  (optionalWhole(item[shape.limitVersion], 'version of the limit in force') ?? -1) < version;

/** Of an item that is there, and knows no later settings. Counts and entries are not touched, so nobody's move is disturbed. */
async function written(client: DynamoDBClient, table: string, { key, limit }: TotalLimit, version: number): Promise<boolean> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: pkOfKey(key),
    UpdateExpression: 'SET #l = :l, #v = :v',
    ConditionExpression: 'attribute_exists(#n) AND (attribute_not_exists(#v) OR #v < :v)',
    ExpressionAttributeNames: { '#l': shape.limit, '#v': shape.limitVersion, '#n': shape.count },
    ExpressionAttributeValues: { ':l': { N: String(limit) }, ':v': { N: String(version) } },
  });
  try {
    await client.send(command);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}
