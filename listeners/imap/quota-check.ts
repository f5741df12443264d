import type { Quota, Quotas } from '../../core/mailbox/quota.ts';
import type { AccountId } from '../../core/values/address.ts';
import type { Amount } from '../../core/values/amount.ts';
import type { Responses } from './responses.ts';

interface Ports {
  readonly quotas: Quotas;
  readonly out: Responses;
}

/** Percent of a quota from which on its account is warned. */
const warnFrom = 90;

export const overQuota = 'NO [OVERQUOTA] Not enough room is left in the quota of the mailbox';

/**
 * Is there room for what a command would add?
 * @param owner whose mailbox it is: it counts for them, whoever puts it there
 * @returns what to answer when there is none
 */
export async function refusedByQuota(owner: AccountId, more: Amount, { quotas }: Pick<Ports, 'quotas'>): Promise<string | undefined> {
  const asked = await quotas.ask(owner, more);
  return asked?.fits === false ? overQuota : undefined;
}

/**
 * Counts what was added, and warns once, when it makes the usage pass the mark: an untagged NO is a warning (RFC 9051 section 7.1.2), and
 * [OVERQUOTA] says of what (RFC 9208 section 4.3). Others' quotas are nobody's business.
 */
export async function noteQuota(owner: AccountId, added: Amount, account: AccountId, { quotas, out }: Ports): Promise<void> {
  // It is done: a client that heard NO because of this would do it again.
  const before = await quotas.ask(owner, { octets: 0, messages: 0 }).catch(() => undefined);
  quotas.note(owner, added);
  if (before === undefined || owner !== account) return;
  const { limit, usage } = before.quota;
  const after = { octets: usage.octets + added.octets, messages: usage.messages + added.messages };
  const [was, is] = [percentUsed({ limit, usage }), percentUsed({ limit, usage: after })];
  if (was < warnFrom && is >= warnFrom) await out.line(`* NO [OVERQUOTA] ${is} % of the quota is used`);
}

/** Of what is used up most. */
export function percentUsed({ limit, usage }: Quota): number {
  const of = (used: number, most: number): number => (most === 0 ? 0 : Math.floor((used * 100) / most));
  return Math.max(of(usage.octets, limit.octets), of(usage.messages, limit.messages));
}
