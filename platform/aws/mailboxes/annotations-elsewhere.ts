import { QueryCommand, type QueryCommandOutput } from '@aws-sdk/client-dynamodb';
import { maxElsewhere } from '../../../core/mailbox/annotations.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import { mailKey } from '../accounts/account-items.ts';
import { text } from '../dynamodb/attributes.ts';
import { mailTableShape as mail, annotationShape as shape } from '../mail-shapes.ts';
import { annotationsPartition } from './annotation-items.ts';
import type { Key, MailTable } from './mail-table.ts';
import { rowKey } from './mailbox-row.ts';

/**
 * Is there one more mailbox of somebody else that an account may annotate for itself? Such a set stands in the account's partition, so that it is still there
 * when its mailbox was deleted: those are removed once they would keep others out. Some sets that come together may get beyond the bound.
 */
export async function hasRoomElsewhere(table: MailTable, account: AccountId): Promise<boolean> {
  const annotated = await mailboxesAnnotated(table, account);
  if (annotated.length < maxElsewhere) return true;
  const rows = await table.getAll(annotated.map(rowKey), [mail.partitionKey, mail.sortKey]);
  const there = new Set(rows.map((row) => row[mail.partitionKey]?.S));
  const gone = annotated.filter((mailbox) => !there.has(rowKey(mailbox)[mail.partitionKey]?.S));
  await table.deleteAll(gone.map((mailbox) => mailKey(annotationsPartition(account), shape.mailboxPrefix + mailbox)));
  return annotated.length - gone.length < maxElsewhere;
}

/** Page by page, since large sets fill one with sixteen: units are those of the sets, which are read for each that is new. */
async function mailboxesAnnotated({ client, name: TableName }: MailTable, account: AccountId): Promise<readonly MailboxId[]> {
  const found: MailboxId[] = [];
  let ExclusiveStartKey: Key | undefined;
  do {
    const { Items = [], LastEvaluatedKey }: QueryCommandOutput = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: '#pk = :pk AND begins_with(#sk, :sk)',
        ProjectionExpression: '#sk',
        ExpressionAttributeNames: { '#pk': mail.partitionKey, '#sk': mail.sortKey },
        ExpressionAttributeValues: { ':pk': { S: annotationsPartition(account) }, ':sk': { S: shape.mailboxPrefix } },
        ...(ExclusiveStartKey && { ExclusiveStartKey }),
      }),
    );
    for (const item of Items) found.push(text(item[mail.sortKey], 'an annotated mailbox').slice(shape.mailboxPrefix.length) as MailboxId);
    ExclusiveStartKey = LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
}
