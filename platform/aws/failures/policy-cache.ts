import { type DynamoDBClient, GetItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { formatPolicy, parsePolicy } from '../../../core/delivery/mta-sts/policy.ts';
import type { KeptPolicy, PolicyCache } from '../../../core/delivery/mta-sts/policy-cache.ts';
import { text, wholeNumber } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { failureTableShape as shape } from '../table-shapes.ts';

/**
 * Policies of other domains in the table of failures, one item each. Nobody counts them: each goes by TTL after its max_age, of a year at most,
 * and none comes without a host that answers over HTTPS in the name of its domain.
 */
export function dynamoPolicyCache(client: DynamoDBClient, table: string): PolicyCache {
  return {
    async get(domain) {
      const { Item } = await client.send(new GetItemCommand({ TableName: table, Key: keyOf(domain), ConsistentRead: true }));
      const policy = Item && parsePolicy(text(Item[shape.policy], `policy of ${domain}`));
      if (Item === undefined || policy === undefined) return undefined;
      const id = text(Item[shape.policyId], `policy of ${domain} id`);
      return { id, policy, fetchedAt: wholeNumber(Item[shape.fetchedAt], `policy of ${domain} fetched`) };
    },

    async keep(domain, kept) {
      await client.send(new UpdateItemCommand({ TableName: table, Key: keyOf(domain), ...replacing(kept) }));
    },
  };
}

const keyOf = (domain: string) => ({ [shape.partitionKey]: { S: shape.policyPrefix + domain.toLowerCase() } });

/** By an update and not a put: no grant of this table lets anybody replace an item whole. */
function replacing({ id, policy, fetchedAt }: KeptPolicy) {
  const x = new Expression();
  const over = Math.ceil(fetchedAt / 1000) + policy.maxAge; // seconds, as DynamoDB's TTL reads them
  const UpdateExpression =
    `SET ${x.name(shape.policyId)} = ${x.text(id)}, ${x.name(shape.policy)} = ${x.text(formatPolicy(policy))}, ` +
    `${x.name(shape.fetchedAt)} = ${x.number(fetchedAt)}, ${x.name(shape.expiry)} = ${x.number(over)}`;
  return { UpdateExpression, ExpressionAttributeNames: x.names, ExpressionAttributeValues: x.values };
}
