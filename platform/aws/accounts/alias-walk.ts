import { type DynamoDBClient, TransactGetItemsCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { withoutDetail } from '../../../core/accounts/resolve-address.ts';
import { type AccountId, type Address, accountIdOf } from '../../../core/values/address.ts';
import { type Attributes, optionalWhole } from '../dynamodb/attributes.ts';
import { addressTableShape as shape } from '../table-shapes.ts';
import { addressKey, keyOfAddress } from './address-writes.ts';

/** What one transaction reads, less the item of aliases. */
const mostRead = 99;
/** More than whoever resolves an address looks at. */
const mostNames = 2_000;
const conflictTries = 20;

/** The aliases were changed while they were read. */
export class AliasesChanged extends Error {
  override readonly name = 'AliasesChanged';
}

/** How many aliases were added ever: whoever adds one writes on condition that none was added since. */
export async function aliasesAdded(client: DynamoDBClient, table: string): Promise<number> {
  return addedOf((await readTogether(client, table, []))[0]);
}

/**
 * Follows aliases, with and without `+detail`, which an alias answers to as well. They are read in transactions: another that was added just now is
 * seen whole, as the item of aliases says, or not at all.
 * @param added as read before
 * @throws AliasesChanged
 */
export async function leadsTo(
  client: DynamoDBClient,
  table: string,
  targets: readonly Address[],
  key: AccountId,
  added: number,
): Promise<boolean> {
  const seen = new Set<AccountId>();
  let open = targets.flatMap(namesOf);
  while (open.length > 0 && seen.size < mostNames) {
    if (open.includes(key)) return true;
    const some = [...new Set(open)].filter((name) => !seen.has(name));
    const now = some.slice(0, mostRead);
    for (const name of now) seen.add(name);
    const [version, ...items] = now.length === 0 ? [] : await readTogether(client, table, now);
    if (now.length > 0 && addedOf(version) !== added) throw new AliasesChanged('an alias was added meanwhile');
    open = [...some.slice(mostRead), ...items.flatMap(targetsOf).flatMap(namesOf)];
  }
  return false;
}

const addedOf = (item: Attributes | undefined): number => optionalWhole(item?.[shape.count], 'aliases added') ?? 0;
const targetsOf = (item: Attributes | undefined): readonly Address[] =>
  (item?.[shape.targets]?.L ?? []).map(({ S }) => (S ?? '') as Address);

function namesOf(address: Address): readonly AccountId[] {
  const whole = accountIdOf(address);
  const plain = withoutDetail(whole);
  return plain === undefined ? [whole] : [whole, plain];
}

/** @returns the item of aliases, and those of the addresses, all of one moment */
async function readTogether(
  client: DynamoDBClient,
  TableName: string,
  names: readonly AccountId[],
): Promise<readonly (Attributes | undefined)[]> {
  const keys = [addressKey(shape.aliasesKey), ...names.map(keyOfAddress)];
  for (let left = conflictTries; ; left -= 1) {
    try {
      const { Responses = [] } = await client.send(
        new TransactGetItemsCommand({ TransactItems: keys.map((Key) => ({ Get: { TableName, Key } })) }),
      );
      return keys.map((_, i) => Responses[i]?.Item);
    } catch (error) {
      if (!(error instanceof TransactionCanceledException) || left === 1) throw error; // others were writing one of them
    }
  }
}
