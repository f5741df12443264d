import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { failureWindow, type LoginFailures } from '../../../core/accounts/login-failures.ts';
import type { Network } from '../../../core/values/network.ts';
import { type Attributes, optionalWhole } from '../dynamodb/attributes.ts';
import { Expression } from '../dynamodb/expression.ts';
import { readItem } from '../dynamodb/read-item.ts';
import { slotTableShape as shape } from '../table-shapes.ts';

/** Failures are counted per ten seconds, so that an attacker's half million cost sixty numbers; one counts up to 10 s longer for it. */
const bucketLength = 10_000; // ms
/** As long as the window: it begins in this period or in the one before. */
const bucketsPerItem = failureWindow / bucketLength;
const sweptAfter = 2 * failureWindow; // ms

export interface LoginFailuresDeps {
  /** One that repeats by itself what failed: a failure whose answer was lost may count twice, which nobody notices. */
  readonly client: DynamoDBClient;
  /** That of the slots. */
  readonly table: string;
}

/** Failures of a network stand in one item per ten minutes, with a number for each ten seconds of it: it never has more than sixty. */
export function dynamoLoginFailures({ client, table }: LoginFailuresDeps): LoginFailures {
  const read = (network: Network, period: number): Promise<Attributes | undefined> => readItem(client, table, keyOf(network, period));
  return {
    async record(network, now) {
      const bucket = bucketOf(now);
      const period = periodOf(bucket);
      const command = new UpdateItemCommand({ TableName: table, ...oneMore(network, bucket) });
      const [before, { Attributes: item }] = await Promise.all([read(network, period - 1), client.send(command)]);
      return sumOf(before, network, period - 1, now) + sumOf(item, network, period, now);
    },

    async count(network, now) {
      const period = periodOf(bucketOf(now));
      const [before, current] = await Promise.all([read(network, period - 1), read(network, period)]);
      return sumOf(before, network, period - 1, now) + sumOf(current, network, period, now);
    },
  };
}

const bucketOf = (at: number): number => Math.floor(at / bucketLength);
const periodOf = (bucket: number): number => Math.floor(bucket / bucketsPerItem);
const attributeOf = (bucket: number): string => shape.failuresPrefix + (bucket % bucketsPerItem);
const keyOf = (network: Network, period: number) => ({ [shape.partitionKey]: { S: `${shape.loginPrefix}${network}/${period}` } });

function oneMore(network: Network, bucket: number) {
  const x = new Expression();
  const period = periodOf(bucket);
  const expiry = Math.ceil(((period + 1) * failureWindow + sweptAfter) / 1000);
  return {
    Key: keyOf(network, period),
    UpdateExpression: `SET ${x.name(shape.expiry)} = ${x.number(expiry)} ADD ${x.name(attributeOf(bucket))} ${x.number(1)}`,
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ReturnValues: 'ALL_NEW' as const,
  };
}

/** Of the period's buckets, those in the window. */
function sumOf(item: Attributes | undefined, network: Network, period: number, now: number): number {
  if (item === undefined) return 0;
  const first = Math.max(period * bucketsPerItem, bucketOf(now - failureWindow));
  let sum = 0;
  for (let bucket = first; bucket < (period + 1) * bucketsPerItem; bucket += 1) {
    sum += optionalWhole(item[attributeOf(bucket)], `login failures of ${network}`) ?? 0;
  }
  return sum;
}
