import { type DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import type { Identifier } from '../../../core/accounts/acl.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Attributes } from '../dynamodb/attributes.ts';
import { mailTableShape, mailboxShape as shape } from '../mail-shapes.ts';
import { namesOf } from '../talk/names-watched.ts';
import type { ChangeTeller } from '../talk/watchers.ts';
import { watchersOf } from './mailbox-row.ts';

export const namesRowKey = (names: MailboxId): Attributes => ({
  [mailTableShape.partitionKey]: { S: mailTableShape.namesPrefix + names },
  [mailTableShape.sortKey]: { S: mailTableShape.row },
});

export interface NamesTelling {
  readonly client: DynamoDBClient;
  /** The table of mail. */
  readonly table: string;
  readonly clock: Clock;
  readonly teller?: ChangeTeller | undefined;
}

/**
 * Tells those who watch somebody's names that they changed: one request each, a write of the row where one is, so that the slow look of who gets no hint finds
 * it too. To be called once the change is done, which stands whatever becomes of this.
 */
export async function tellNames(deps: NamesTelling, ...whose: readonly Identifier[]): Promise<void> {
  await Promise.all([...new Set(whose)].map((one) => tell(deps, namesOf(one))));
}

async function tell({ client, table, clock, teller }: NamesTelling, names: MailboxId): Promise<void> {
  const command = new UpdateItemCommand({
    TableName: table,
    Key: namesRowKey(names),
    UpdateExpression: 'SET #hm = #hm + :one, #v = #v + :one',
    ConditionExpression: 'attribute_exists(#hm)',
    ExpressionAttributeNames: { '#hm': shape.highestModseq, '#v': shape.version },
    ExpressionAttributeValues: { ':one': { N: '1' } },
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes: row } = await client.send(command);
    teller?.tell(names, row === undefined ? [] : watchersOf(row, clock.now()));
  } catch {
    // Nobody watches, or the table does not answer: sessions of this process hear of it all the same.
    teller?.tell(names, []);
  }
}
