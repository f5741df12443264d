import { type AttributeValue, type DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './attributes.ts';

/** Strongly consistent. */
export async function readItem(
  client: DynamoDBClient,
  TableName: string,
  Key: Record<string, AttributeValue>,
): Promise<Attributes | undefined> {
  return (await client.send(new GetItemCommand({ TableName, Key, ConsistentRead: true }))).Item;
}
