import type { Destination } from '../accounts/account-directory.ts';
import { type AccountId, type Address, domainOf } from '../values/address.ts';
import { isAscii } from '../values/ascii.ts';
import { asciiDomain } from '../values/ascii-domain.ts';
import type { NextHop, SpoolRecipient } from './spool.ts';

type Wishes = Pick<SpoolRecipient, 'notify' | 'original'>;

/** One RCPT as it was resolved when it was taken, with what its sender wants to hear. */
export interface ResolvedRecipient extends Wishes {
  readonly address: Address;
  readonly destination: Extract<Destination, { kind: 'local' | 'remote' }>;
}

/** Where the copies of one message go: a row per next hop, each mailbox and each outside address once, however many aliases lead there. */
export interface HopRecipients {
  readonly nextHop: NextHop;
  readonly recipients: readonly SpoolRecipient[];
}

export function recipientsByHop(resolved: readonly ResolvedRecipient[]): readonly HopRecipients[] {
  const local = new Map<AccountId, SpoolRecipient>();
  const domains = new Map<string, Map<Address, SpoolRecipient>>();
  for (const { address, destination, ...wishes } of resolved) {
    if (destination.kind === 'remote') {
      addOnce(outside(domains, address), address, { address, ...wishes });
      continue;
    }
    const wishesOf = sharedOut(wishes, destination.accounts.length + destination.forwards.length);
    for (const account of destination.accounts) addOnce(local, account, { address, account, ...wishesOf() });
    for (const forward of destination.forwards)
      addOnce(outside(domains, forward), forward, { address: forward, original: originalOf(address), ...wishesOf() });
  }
  const remote = [...domains].map(([domain, to]): HopRecipients => ({ nextHop: { kind: 'domain', domain }, recipients: [...to.values()] }));
  return local.size === 0 ? remote : [{ nextHop: { kind: 'local' }, recipients: [...local.values()] }, ...remote];
}

function outside(domains: Map<string, Map<Address, SpoolRecipient>>, address: Address): Map<Address, SpoolRecipient> {
  const domain = asciiDomain(domainOf(address).toLowerCase());
  const known = domains.get(domain) ?? new Map<Address, SpoolRecipient>();
  domains.set(domain, known);
  return known;
}

/** Who is addressed twice gets one copy, and its sender all that was asked for with either address. */
function addOnce<Key>(known: Map<Key, SpoolRecipient>, key: Key, recipient: SpoolRecipient): void {
  const before = known.get(key);
  if (before === undefined) return void known.set(key, recipient);
  const notify = both(before.notify, recipient.notify);
  const original = before.original ?? recipient.original;
  known.set(key, { ...before, ...(notify === undefined ? {} : { notify }), ...(original === undefined ? {} : { original }) });
}

type Notify = SpoolRecipient['notify'];

function both(one: Notify, other: Notify): Notify {
  if (one === undefined && other === undefined) return undefined;
  if (one === 'never' && other === 'never') return 'never';
  const wanted = new Set([one, other].flatMap((notify) => (notify === 'never' ? [] : (notify ?? unsaid))));
  return events.filter((event) => wanted.has(event));
}

const events = ['success', 'failure', 'delay'] as const;
const unsaid = ['failure', 'delay'] as const;

/**
 * The wishes of an address that leads to `count` others, for each of them in turn. One that leads to a single one goes on as it is (RFC 3461
 * section 5.2.7.1). Of several only the first reports success, so that the sender hears of it once and not of each; failures it hears of all.
 */
function sharedOut(wishes: Wishes, count: number): () => Wishes {
  const { notify } = wishes;
  if (count < 2 || notify === undefined || notify === 'never') return () => wishes;
  const rest = notify.filter((event) => event !== 'success');
  const others: Wishes = { ...wishes, notify: rest.length === 0 ? 'never' : rest };
  let first = true;
  return () => {
    const given = first ? wishes : others;
    first = false;
    return given;
  };
}

/** A sender knows the address that was written, not where it leads (RFC 3461 section 5.2.7.2). */
const originalOf = (address: Address): string => `${isAscii(address) ? 'rfc822' : 'utf-8'};${address}`;
