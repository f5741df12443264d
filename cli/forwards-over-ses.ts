import type { AccountDirectory, Alias } from '../core/accounts/account-directory.ts';
import { maildropOfTarget } from '../core/accounts/public-maildrop.ts';
import { wayOf } from '../core/delivery/way.ts';
import { type Resolution, valueIn } from '../core/settings/resolve-values.ts';
import { type Address, domainOf } from '../core/values/address.ts';
import { CommandFailure } from './command.ts';

/** An alias that sends what strangers wrote on by SES, which refuses senders that it has not verified. */
export interface Forward {
  readonly alias: Address;
  readonly target: Address;
}

/** @returns forwards to the outside whose way is SES by these settings. The sender of what is forwarded may be anybody. */
export async function forwardsOverSes(
  aliases: readonly Alias[],
  accounts: Pick<AccountDirectory, 'resolve'>,
  resolution: Resolution,
): Promise<readonly Forward[]> {
  const settings = { get: valueReader(resolution), routeRules: () => resolution.routeRules };
  const forwards: Forward[] = [];
  for (const { address: alias, targets } of aliases) {
    for (const target of targets) {
      if (maildropOfTarget(target) !== undefined) continue;
      if (wayOf({ domain: domainOf(target), sender: '' }, settings)?.choice.to !== 'ses') continue;
      if ((await accounts.resolve(target)).kind === 'remote') forwards.push({ alias, target });
    }
  }
  return forwards;
}

const valueReader =
  ({ values }: Resolution): Parameters<typeof wayOf>[1]['get'] =>
  (setting) =>
    valueIn(values, setting);

export const refusedForward = ({ alias, target }: Forward): CommandFailure =>
  new CommandFailure(
    'refused',
    `${alias} would send the mail of others on to ${target} by SES, which takes only senders that it has verified`,
    `give the target another way first: mailweir route add to ${domainOf(target)} direct`,
  );

/** @throws CommandFailure when aliases that lead outside would leave by SES after a change and did not before it */
export async function refuseNewForwards(
  accounts: Pick<AccountDirectory, 'resolve' | 'listAliases'>,
  before: Resolution,
  after: Resolution,
): Promise<void> {
  const aliases = await accounts.listAliases();
  const now = await forwardsOverSes(aliases, accounts, after);
  if (now.length === 0) return;
  const were = new Set((await forwardsOverSes(aliases, accounts, before)).map(({ alias, target }) => `${alias} ${target}`));
  const fresh = now.filter(({ alias, target }) => !were.has(`${alias} ${target}`));
  const [first] = fresh;
  if (first === undefined) return;
  const { message, hint } = refusedForward(first);
  throw new CommandFailure('refused', fresh.length === 1 ? message : `${message}; and ${fresh.length - 1} more`, hint);
}
