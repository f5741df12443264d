import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type LoginTimes, loginWait, longestLoginDelay } from '../../../core/accounts/login-times.ts';
import type { AccountId } from '../../../core/values/address.ts';
import { optionalWhole } from '../dynamodb/attributes.ts';
import { answer } from '../dynamodb/conditional.ts';
import { Expression } from '../dynamodb/expression.ts';
import { slotTableShape as shape } from '../table-shapes.ts';

export interface LoginTimesDeps {
  /** One that repeats by itself what failed. */
  readonly client: DynamoDBClient;
  /** That of the slots. */
  readonly table: string;
}

/** One item per account, and one write per login. */
export function dynamoLoginTimes({ client, table }: LoginTimesDeps): LoginTimes {
  return {
    async note(account, now, least) {
      const command = new UpdateItemCommand({ TableName: table, ...unlessSoon(account, now, least) });
      const noted = await answer(async () => (await client.send(command)).Attributes);
      if (noted.applied) return undefined;
      const at = optionalWhole(noted.item?.[shape.loginAt], `last login of ${account}`);
      return Math.max(1, at === undefined ? least : loginWait(at, now, least));
    },
  };
}

/** A copy of the request that comes twice meets its own time, and is no second login. */
function unlessSoon(account: AccountId, now: number, least: number) {
  const x = new Expression();
  const at = x.name(shape.loginAt);
  const time = x.number(now);
  const expiry = x.number(Math.ceil((now + longestLoginDelay) / 1000));
  const mayBe = [`attribute_not_exists(${at})`, `${at} <= ${x.number(now - least)}`, `${at} > ${x.number(now + least)}`, `${at} = ${time}`];
  return {
    Key: { [shape.partitionKey]: { S: shape.lastLoginPrefix + account } },
    UpdateExpression: `SET ${at} = ${time}, ${x.name(shape.expiry)} = ${expiry}`,
    ConditionExpression: mayBe.join(' OR '),
    ExpressionAttributeNames: x.names,
    ExpressionAttributeValues: x.values,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
}
