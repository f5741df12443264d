import { type AttributeValue, type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { BodyId } from '../../../core/values/ids.ts';
import { spoolTableShape as shape } from '../table-shapes.ts';

/**
 * Reads the whole spool, strongly consistent, for the bodies that its rows name.
 * @param named called for each; rows that came while it reads may be left out, those that were there before are not
 * @param goOn asked before each page. @returns false when it was told to stop before the end
 */
export async function readSpoolBodies(
  client: Pick<DynamoDBClient, 'send'>,
  table: string,
  named: (body: BodyId) => void,
  goOn: () => boolean,
): Promise<boolean> {
  let from: Record<string, AttributeValue> | undefined;
  do {
    if (!goOn()) return false;
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: '#b',
        ExpressionAttributeNames: { '#b': shape.body },
        ...(from === undefined ? {} : { ExclusiveStartKey: from }),
      }),
    );
    for (const item of page.Items ?? []) if (item[shape.body]?.S !== undefined) named(item[shape.body]?.S as BodyId);
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return true;
}
