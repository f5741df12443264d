import type { Destination } from '../accounts/account-directory.ts';
import { type AccountId, type Address, domainOf } from '../values/address.ts';
import type { NextHop, SpoolRecipient } from './spool.ts';

/** One RCPT as it was resolved when it was taken. */
export interface ResolvedRecipient {
  readonly address: Address;
  readonly destination: Extract<Destination, { kind: 'local' | 'remote' }>;
}

/** Where the copies of one message go: a row per next hop, each mailbox and each outside address once, however many aliases lead there. */
export interface HopRecipients {
  readonly nextHop: NextHop;
  readonly recipients: readonly SpoolRecipient[];
}

export function recipientsByHop(resolved: readonly ResolvedRecipient[]): readonly HopRecipients[] {
  const accounts = new Map<AccountId, SpoolRecipient>();
  const domains = new Map<string, Map<string, SpoolRecipient>>();
  const outside = (address: Address): void => {
    const domain = domainOf(address).toLowerCase();
    const known = domains.get(domain) ?? new Map<string, SpoolRecipient>();
    domains.set(domain, known);
    if (!known.has(address)) known.set(address, { address });
  };
  for (const { address, destination } of resolved) {
    if (destination.kind === 'remote') outside(address);
    else {
      for (const account of destination.accounts) if (!accounts.has(account)) accounts.set(account, { address, account });
      for (const forward of destination.forwards) outside(forward);
    }
  }
  const remote = [...domains].map(([domain, to]): HopRecipients => ({ nextHop: { kind: 'domain', domain }, recipients: [...to.values()] }));
  return accounts.size === 0 ? remote : [{ nextHop: { kind: 'local' }, recipients: [...accounts.values()] }, ...remote];
}
