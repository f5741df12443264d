import assert from 'node:assert/strict';
import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { parentsOf } from '../../core/mailbox/mailbox-name.ts';
import type { Attributes } from '../../platform/aws/dynamodb/attributes.ts';
import { accountShape, mailTableShape as mail } from '../../platform/aws/mail-shapes.ts';
import { nameNodeOf, root } from '../../platform/aws/mailboxes/name-items.ts';
import { namesBelow } from '../../platform/aws/mailboxes/name-table.ts';
import { addressTableShape } from '../../platform/aws/table-shapes.ts';
import type { AccountTables } from './account-tables.ts';

/** Asserts that all that two tables say of accounts agrees. @param settled that no removal is under way either */
export async function assertAgrees({ client, tables }: Pick<AccountTables, 'client' | 'tables'>, settled: boolean): Promise<void> {
  const all = await everyItem(client, tables.mail);
  const addresses = await everyItem(client, tables.addresses);
  const partition = (name: string) => all.filter((item) => item[mail.partitionKey]?.S === name);
  const own = all.filter((item) => item[mail.sortKey]?.S === accountShape.own);
  const accountIn = (item: Attributes) => (item[mail.partitionKey]?.S ?? '').slice(mail.accountPrefix.length);
  const live = own.filter((item) => item[accountShape.passwordHash] !== undefined).map(accountIn);
  const leaving = own.filter((item) => item[accountShape.passwordHash] === undefined && item[mail.expiry] === undefined).map(accountIn);

  assert.deepEqual(sortKeys(partition(mail.accounts)), live.toSorted(), 'the list of accounts');
  assert.deepEqual(sortKeys(partition(mail.leaving)), leaving.toSorted(), 'accounts that are being removed');
  if (settled) assert.deepEqual(leaving, []);
  assertAddresses(addresses, live, sortKeys(partition(mail.aliases)));

  const named = own.flatMap((item) => assertNames(item, partition(item[mail.partitionKey]?.S ?? ''), live.includes(accountIn(item))));
  const rows = all
    .filter((item) => item[mail.sortKey]?.S === mail.row)
    .map((item) => (item[mail.partitionKey]?.S ?? '').slice(mail.mailboxPrefix.length));
  assert.deepEqual(rows.toSorted(), named.toSorted(), 'rows of mailboxes, and names');
  for (const doomed of sortKeys(partition(mail.doomed))) assert.ok(!rows.includes(doomed), `${doomed} is doomed and has a row`);
}

function assertAddresses(addresses: readonly Attributes[], live: readonly string[], aliases: readonly string[]): void {
  const keys = new Map(addresses.map((item) => [item[addressTableShape.partitionKey]?.S ?? '', item]));
  const under = (prefix: string) =>
    [...keys].flatMap(([key, item]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), item] as const] : []));
  const entries = under(addressTableShape.addressPrefix);
  const kind = (attribute: string) => entries.filter(([, item]) => item[attribute] !== undefined).map(([address]) => address);
  assert.deepEqual(kind(addressTableShape.account).toSorted(), live.toSorted(), 'addresses of accounts');
  assert.deepEqual(kind(addressTableShape.targets).toSorted(), aliases.toSorted(), 'addresses of aliases');
  for (const [domain, item] of under(addressTableShape.domainPrefix)) {
    const count = entries.filter(([address]) => address.endsWith(`@${domain}`)).length;
    assert.equal(Number(item[addressTableShape.count]?.N), count, `addresses in ${domain}`);
  }
  const first = keys.get(addressTableShape.firstKey);
  assert.equal(first === undefined, live.length === 0, 'there is a first account');
  if (first !== undefined) assert.ok(live.includes(first[addressTableShape.account]?.S ?? ''), 'the first account is one');
  assert.equal(Number(first?.[addressTableShape.count]?.N ?? 0), live.length, 'number of accounts');
}

/** @returns ids of the mailboxes that have a name */
function assertNames(own: Attributes, items: readonly Attributes[], isLive: boolean): readonly string[] {
  const nodes = items.filter((item) => item[mail.sortKey]?.S?.startsWith(accountShape.namePrefix)).map(nameNodeOf);
  const ids = nodes.flatMap(({ mailbox }) => mailbox?.id ?? []);
  if (!isLive) return ids;
  const below = namesBelow(nodes, root);
  assert.equal(below.length, nodes.length, 'every name is below the root');
  assert.equal(Number(own[accountShape.names]?.N), nodes.length, 'number of names');
  assert.equal(new Set(ids).size, ids.length, 'no mailbox has two names');
  const uses = nodes.flatMap(({ mailbox }) => mailbox?.specialUse ?? []);
  assert.deepEqual((own[accountShape.uses]?.SS ?? []).toSorted(), uses.toSorted(), 'special uses');
  const subscribed = items.filter((item) => item[mail.sortKey]?.S?.startsWith(accountShape.subscriptionPrefix));
  assert.equal(Number(own[accountShape.subscriptions]?.N), subscribed.length, 'number of subscriptions');
  for (const [name, node] of below) {
    const right = below.filter(([other]) => parentsOf(other).at(-1) === name).length;
    assert.equal(node.inferiors, right, `names right below ${name}`);
    assert.ok(node.mailbox !== undefined || node.inferiors > 0, `${name} is a level for something`);
    if (node.mailbox !== undefined)
      assert.ok(node.mailbox.uidValidity <= Number(own[accountShape.uidValidity]?.N), `UIDVALIDITY of ${name}`);
  }
  return ids;
}

const sortKeys = (items: readonly Attributes[]): readonly string[] => items.map((item) => item[mail.sortKey]?.S ?? '').toSorted();

async function everyItem(client: DynamoDBClient, TableName: string): Promise<readonly Attributes[]> {
  const all: Attributes[] = [];
  let from: Attributes | undefined;
  do {
    const start = from === undefined ? {} : { ExclusiveStartKey: { ...from } };
    const page = await client.send(new ScanCommand({ TableName, ConsistentRead: true, ...start }));
    all.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return all;
}
