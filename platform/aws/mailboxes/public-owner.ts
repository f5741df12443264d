import { publicOwner } from '../../../core/accounts/principal.ts';
import { number, type OwnItem, ownItemOf, ownKey } from '../accounts/account-items.ts';
import { mailTableShape as mail, accountShape as shape } from '../mail-shapes.ts';
import { transact } from '../transact.ts';
import type { NameTable } from './name-table.ts';

/** What no hash is: nobody logs in by it. */
const noPassword = '*';

/** The owner of public mailboxes is made with the first of them. It has a tree of names like an account, and stands in no list of accounts. */
export async function addPublicOwner(table: NameTable, now: number): Promise<OwnItem | undefined> {
  const Item = {
    ...ownKey(publicOwner),
    [shape.passwordHash]: { S: noPassword },
    [shape.credentialVersion]: number(1),
    [shape.createdAt]: number(now),
    [shape.uidValidity]: number(0),
    [shape.treeVersion]: number(0),
  };
  const absent = { ConditionExpression: 'attribute_not_exists(#pk)', ExpressionAttributeNames: { '#pk': mail.partitionKey } };
  await transact(table.client, undefined, [{ Put: { TableName: table.name, Item, ...absent } }]); // or another was first
  const own = await table.get(ownKey(publicOwner));
  return own && ownItemOf(own, publicOwner);
}
