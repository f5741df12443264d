import { formatRouteChoice } from '../delivery/route-choice.ts';
import type { Changes } from './change-overrides.ts';
import { isRouteRuleName, mostRouteRules, type RouteRule, type RuleSide, routeRuleName } from './route-rules.ts';

type Stored = ReadonlyMap<string, string>;

/** A rule for the same side and domain takes the other's place. @returns why not, or what is to be written */
export function addRouteRule(stored: Stored, { name, choice }: Pick<RouteRule, 'name' | 'choice'>): Changes | { readonly fault: string } {
  const others = [...stored.keys()].filter((one) => isRouteRuleName(one) && one !== name);
  if (others.length >= mostRouteRules) return { fault: `there are ${mostRouteRules} rules already, the most there may be` };
  return new Map([[name, formatRouteChoice(choice)]]);
}

/** @returns undefined when there is no such rule */
export function removeRouteRule(stored: Stored, side: RuleSide, domain: string): Changes | undefined {
  const name = routeRuleName(side, domain);
  return stored.has(name) ? new Map([[name, undefined]]) : undefined;
}
