import type { Alias, DirectoryRefusal } from '../../../core/accounts/account-directory.ts';
import { type AccountId, type Address, accountIdOf } from '../../../core/values/address.ts';
import { type Attributes, text } from '../dynamodb/attributes.ts';
import { readItem } from '../dynamodb/read-item.ts';
import { mailTableShape as mail } from '../mail-shapes.ts';
import { addressTableShape as shape } from '../table-shapes.ts';
import type { Attempt } from '../until-applied.ts';
import { mailKey } from './account-items.ts';
import type { AccountTables } from './account-writes.ts';
import { addingAlias, aliasAdded, keyOfAddress, removing } from './address-writes.ts';
import { AliasesChanged, aliasesAdded, leadsTo } from './alias-walk.ts';

/** From the partition of aliases, which each alias stands in beside the table of addresses: that one can't be listed. */
export async function listAliases({ mail: table }: AccountTables): Promise<readonly Alias[]> {
  const all: Alias[] = [];
  for await (const page of table.query(mail.aliases, '')) all.push(...page.map(aliasOf));
  return all;
}

export async function addAliasAttempt(
  { mail: table, addresses }: AccountTables,
  alias: Alias,
): Promise<Attempt<'added' | DirectoryRefusal>> {
  const key = accountIdOf(alias.address);
  const there = await readItem(table.client, addresses, keyOfAddress(key));
  if (there !== undefined) return { answer: there[shape.account] === undefined ? 'exists' : 'is-account' };
  const added = await aliasesAdded(table.client, addresses);
  const loops = await leadsTo(table.client, addresses, alias.targets, key, added).catch(unlessChanged);
  if (loops === true) return { answer: 'alias-loop' };
  return {
    // When aliases changed meanwhile, the condition on their number fails, and all is read again.
    writes: [
      ...addingAlias(addresses, alias),
      aliasAdded(addresses, added),
      { Put: { TableName: table.name, Item: { ...mailKey(mail.aliases, key), ...attributesOf(alias) } } },
    ],
    done: 'added',
  };
}

export async function removeAliasAttempt(
  { mail: table, addresses }: AccountTables,
  key: AccountId,
): Promise<Attempt<'removed' | DirectoryRefusal>> {
  const there = await readItem(table.client, addresses, keyOfAddress(key));
  if (there?.[shape.targets] === undefined) return { answer: 'no-such-alias' };
  const entry = { Delete: { TableName: table.name, Key: mailKey(mail.aliases, key) } };
  return { writes: [...removing(addresses, key, 'targets'), entry], done: 'removed' };
}

function unlessChanged(error: unknown): undefined {
  if (!(error instanceof AliasesChanged)) throw error;
}

const attributesOf = ({ address, targets }: Alias): Attributes => ({
  [shape.written]: { S: address },
  [shape.targets]: { L: targets.map((target) => ({ S: target })) },
});

const aliasOf = (item: Attributes): Alias => ({
  address: text(item[shape.written], 'an alias') as Address,
  targets: (item[shape.targets]?.L ?? []).map((target) => text(target, 'target of an alias') as Address),
});
