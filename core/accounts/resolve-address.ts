import { type AccountId, type Address, accountIdOf, domainOf, localPartOf } from '../values/address.ts';
import type { Destination } from './account-directory.ts';
import { maildropOfTarget } from './public-maildrop.ts';

/** What a directory holds, by lower-case address. */
export interface DirectoryEntries {
  /** @returns what stands under exactly this address */
  entry(address: Address): { readonly account: AccountId } | { readonly targets: readonly Address[] } | undefined;
  /** An account or alias stands in it. */
  isLocalDomain(domain: string): boolean;
  /** The oldest account. */
  firstAccount(): AccountId | undefined;
}

const maxDepth = 10;
/** Addresses that one recipient may spread to; what an alias of aliases leads to beyond is not looked at. */
const maxSpread = 1000;

/**
 * Where mail for an address goes: the account of this name, or what an alias leads to, each once; `user+detail` falls back to `user`
 * (RFC 5233). Postmaster, alone or at a domain of ours, is the first account's unless somebody has the name (RFC 5321 section 4.5.1).
 */
export function resolveAddress(address: Address, entries: DirectoryEntries): Destination {
  if (address.toLowerCase() === 'postmaster') return postmaster(entries);
  if (!entries.isLocalDomain(domainOf(address))) return { kind: 'remote' };
  const found = spread(address, entries);
  if (found.accounts.length + found.forwards.length > 0) return { kind: 'local', ...found };
  return localPartOf(accountIdOf(address)) === 'postmaster' ? postmaster(entries) : { kind: 'unknown' };
}

/** @returns `user@domain` for `user+detail@domain`; undefined without detail. A quoted local part is taken as it is */
export function withoutDetail<A extends Address | AccountId>(address: A): A | undefined {
  const plus = address.indexOf('+');
  const at = address.lastIndexOf('@');
  return plus < 1 || plus > at || address.startsWith('"') ? undefined : ((address.slice(0, plus) + address.slice(at)) as A);
}

function postmaster(entries: DirectoryEntries): Destination {
  const first = entries.firstAccount();
  return first === undefined ? { kind: 'unknown' } : { kind: 'local', accounts: [first], forwards: [] };
}

function spread(start: Address, entries: DirectoryEntries): { readonly accounts: AccountId[]; readonly forwards: Address[] } {
  const accounts = new Set<AccountId>();
  const forwards = new Map<string, Address>();
  const seen = new Set<string>();
  let level: readonly Address[] = [start];
  for (let depth = 0; depth <= maxDepth && level.length > 0; depth += 1) {
    const next: Address[] = [];
    for (const address of level) {
      const key = maildropOfTarget(address) ?? accountIdOf(address);
      if (seen.has(key) || seen.size >= maxSpread) continue;
      seen.add(key);
      const maildrop = maildropOfTarget(address);
      const entry = maildrop === undefined ? entryOf(address, entries) : { account: maildrop };
      if (entry === undefined) {
        if (!entries.isLocalDomain(domainOf(address))) forwards.set(key, address);
      } else if ('account' in entry) accounts.add(entry.account);
      else next.push(...entry.targets);
    }
    level = next;
  }
  return { accounts: [...accounts], forwards: [...forwards.values()] };
}

function entryOf(address: Address, entries: DirectoryEntries): ReturnType<DirectoryEntries['entry']> {
  const plain = withoutDetail(address);
  return entries.entry(address) ?? (plain === undefined ? undefined : entries.entry(plain));
}
