import { type AccountId, parseAccountId } from '../values/address.ts';
import { type IpAddress, type Network, networkContains, parseNetwork, prefixOf } from '../values/network.ts';
import { limitNamed } from './catalogue.ts';
import type { Limit } from './setting.ts';

/** One limit for one account, or for each client address of a network, instead of the setting's value: for a time, or until it is undone. */
export interface Override {
  /** Where it stands among the set values: `override/imap/sessions-per-account/alice@example.org`. */
  readonly name: string;
  readonly limit: Limit;
  readonly scope: AccountId | Network;
  /** 0 = unlimited. */
  readonly value: number;
  /** ms since the epoch; undefined: until it is undone. */
  readonly until: number | undefined;
}

const prefix = 'override/';
/** More would make every admission slow, and are a sign that the setting itself is wrong. */
export const mostOverrides = 1000;

export const isOverrideName = (name: string): boolean => name.startsWith(prefix);

export const overrideName = (limit: Limit, scope: AccountId | Network): string => `${prefix}${limit.name}/${scope}`;

/** What limits can be overridden for: an account, or the addresses of a network. @returns undefined for those of a process or the server */
export function scopeOf(limit: Limit): 'account' | 'network' | undefined {
  if (limit.name.endsWith('-per-account')) return 'account';
  return limit.name.endsWith('/sessions-per-address') ? 'network' : undefined;
}

/** @returns the scope a limit takes, or why the text is none */
export function parseScope(limit: Limit, text: string): { readonly scope: AccountId | Network } | { readonly fault: string } {
  const kind = scopeOf(limit);
  if (kind === undefined) return { fault: `${limit.name} is not counted by account or address; set the setting itself` };
  const scope = kind === 'account' ? parseAccountId(text) : parseNetwork(text);
  const wanted = kind === 'account' ? 'an account like alice@example.org' : 'an address or network like 203.0.113.0/24';
  return scope === undefined ? { fault: `${limit.name} takes ${wanted}; ${JSON.stringify(text.slice(0, 60))} is not` } : { scope };
}

/** @param text `30`, or `30 until 2026-11-26T18:00:00.000Z` */
export function parseOverride(name: string, text: string): Override | { readonly fault: string } {
  const [, limitName = '', scopeText = ''] = /^override\/([^/]+\/[^/]+)\/(.+)$/.exec(name) ?? [];
  const limit = limitNamed(limitName);
  if (limit === undefined) return { fault: `${JSON.stringify(name.slice(0, 100))} names no limit` };
  const scoped = parseScope(limit, scopeText);
  if ('fault' in scoped) return scoped;
  const [value = '', until, ...rest] = text.split(' until ');
  const parsed = limit.parse(value);
  if ('fault' in parsed) return { fault: `${name} ${parsed.fault}` };
  const end = until === undefined ? undefined : Date.parse(until);
  if (rest.length > 0 || Number.isNaN(end)) return { fault: `${name} takes a number, and "until" a time in UTC` };
  return { name, limit, scope: scoped.scope, value: parsed.value, until: end };
}

export const formatOverride = (value: number, until: number | undefined): string =>
  until === undefined ? String(value) : `${value} until ${new Date(until).toISOString()}`;

/** @returns the override of a limit for an account that is in force at `now`, ms since the epoch */
export function accountOverride(overrides: readonly Override[], limit: Limit, account: AccountId, now: number): Override | undefined {
  return overrides.find((one) => one.scope === account && one.limit.name === limit.name && isInForce(one, now));
}

/** @returns the override of the narrowest network that the address belongs to */
export function addressOverride(overrides: readonly Override[], limit: Limit, ip: IpAddress, now: number): Override | undefined {
  let narrowest: Override | undefined;
  for (const one of overrides) {
    if (one.limit.name !== limit.name || !isInForce(one, now) || !networkContains(one.scope as Network, ip)) continue;
    if (narrowest === undefined || prefixOf(one.scope as Network) > prefixOf(narrowest.scope as Network)) narrowest = one;
  }
  return narrowest;
}

export const isInForce = ({ until }: Override, now: number): boolean => until === undefined || now < until;

/** @returns names of those that came, went or changed */
export function changedOverrides(before: readonly Override[], after: readonly Override[]): readonly string[] {
  const text = ({ value, until }: Override): string => formatOverride(value, until);
  const was = new Map(before.map((one) => [one.name, text(one)]));
  const is = new Map(after.map((one) => [one.name, text(one)]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
}
