import type { AccountId } from '../values/address.ts';
import type { Network } from '../values/network.ts';
import { formatOverride, isInForce, isOverrideName, mostOverrides, overrideName, parseOverride } from './overrides.ts';
import type { Limit } from './setting.ts';

type Stored = ReadonlyMap<string, string>;
/** For SettingsSource.write. */
export type Changes = ReadonlyMap<string, string | undefined>;

/** An override as an operator asks for it. */
export interface Wanted {
  readonly limit: Limit;
  readonly scope: AccountId | Network;
  readonly value: number;
  /** ms since the epoch; undefined: until it is undone. */
  readonly until: number | undefined;
}

/** Those that have ended go with each change, so that they don't pile up. @returns why not, or what is to be written */
export function addOverride(stored: Stored, { limit, scope, value, until }: Wanted, now: number): Changes | { readonly fault: string } {
  const swept = endedOverrides(stored, now);
  const name = overrideName(limit, scope);
  const others = [...stored.keys()].filter((one) => isOverrideName(one) && one !== name && !swept.has(one));
  if (others.length >= mostOverrides)
    return { fault: `there are ${mostOverrides} overrides already, the most there may be; so many mean that the setting itself is wrong` };
  return new Map([...swept, [name, formatOverride(value, until)]]);
}

/** @returns undefined when there is no such override */
export function removeOverride(stored: Stored, limit: Limit, scope: AccountId | Network, now: number): Changes | undefined {
  const name = overrideName(limit, scope);
  return stored.has(name) ? new Map([...endedOverrides(stored, now), [name, undefined]]) : undefined;
}

function endedOverrides(stored: Stored, now: number): Map<string, string | undefined> {
  const ended = [...stored].filter(([name, text]) => {
    const override = isOverrideName(name) ? parseOverride(name, text) : undefined;
    return override !== undefined && !('fault' in override) && !isInForce(override, now);
  });
  return new Map(ended.map(([name]) => [name, undefined]));
}
