import { formatRouteChoice, parseRouteChoice, type RouteChoice } from '../delivery/route-choice.ts';
import { asciiDomain } from '../values/ascii-domain.ts';

/** Whose domain a rule looks at: the recipients', or the sender's of the envelope. */
export type RuleSide = 'to' | 'from';

/** How mail to or from some domains leaves, instead of by `outbound/route`. */
export interface RouteRule {
  /** Where it stands among the set values: `route/to/example.net`. */
  readonly name: string;
  readonly side: RuleSide;
  /** `example.net`: this domain; `.example.net`: all below it; `*`: every domain. */
  readonly domain: string;
  readonly choice: RouteChoice;
}

const prefix = 'route/';
/** All are looked through for each message, and an operator has to understand them. */
export const mostRouteRules = 1000;

export const isRouteRuleName = (name: string): boolean => name.startsWith(prefix);
export const routeRuleName = (side: RuleSide, domain: string): string => `${prefix}${side}/${domain}`;

const domainPattern = /^(?:\*|\.?(?=.{1,253}$)[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}._-]*[\p{L}\p{N}\p{M}])?)$/u;

/** @returns the domain of a rule, in lower case, or undefined when the text is none */
export function parseRuleDomain(text: string): string | undefined {
  const domain = text.toLowerCase();
  return domainPattern.test(domain) && !domain.includes('..') ? domain : undefined;
}

/** @param text as `formatRouteChoice` writes it */
export function parseRouteRule(name: string, text: string): RouteRule | { readonly fault: string } {
  const [, side, domainText = ''] = /^route\/(to|from)\/(.+)$/.exec(name) ?? [];
  const domain = parseRuleDomain(domainText);
  if (side === undefined || domain === undefined)
    return { fault: `${JSON.stringify(name.slice(0, 100))} names no route: it takes route/to/DOMAIN or route/from/DOMAIN` };
  const choice = parseRouteChoice(text.trim());
  // Never repeats the value: what is mistyped here may be a password.
  if (choice === undefined) return { fault: `${name} takes direct, smarthost, ses, or HOST:PORT with a user and secret:<name>` };
  return { name: routeRuleName(side as RuleSide, domain), side: side as RuleSide, domain, choice };
}

/**
 * The rule that counts for a message. Those that name domains come before `*`, for a rule about everybody must not hide one about somebody;
 * among each, rules about the recipient before rules about the sender, the exact domain before the ones above it, the nearest of those first.
 * @param sender the domain of the reverse-path; undefined for the null one, which only `*` speaks of
 */
export function ruleFor(rules: readonly RouteRule[], recipient: string, sender: string | undefined): RouteRule | undefined {
  const byName = namesOf(rules);
  const named = (side: RuleSide, domain: string | undefined): RouteRule | undefined =>
    domain === undefined ? undefined : firstOf(candidates(asciiDomain(domain)), (one) => byName.get(routeRuleName(side, one)));
  const recipientRule = named('to', recipient.toLowerCase());
  return (
    recipientRule ?? named('from', sender?.toLowerCase()) ?? byName.get(routeRuleName('to', '*')) ?? byName.get(routeRuleName('from', '*'))
  );
}

const indexes = new WeakMap<readonly RouteRule[], ReadonlyMap<string, RouteRule>>();

/** Settings give the same list until it changes. */
function namesOf(rules: readonly RouteRule[]): ReadonlyMap<string, RouteRule> {
  const known = indexes.get(rules) ?? new Map(rules.map((rule) => [routeRuleName(rule.side, asciiDomain(rule.domain)), rule]));
  indexes.set(rules, known);
  return known;
}

/** `a.b.c`, `.b.c`, `.c`. */
function candidates(domain: string): readonly string[] {
  const labels = domain.split('.');
  return [domain, ...labels.slice(1).map((_, i) => `.${labels.slice(i + 1).join('.')}`)];
}

function firstOf<T>(names: readonly string[], find: (name: string) => T | undefined): T | undefined {
  for (const name of names) {
    const found = find(name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** @returns names of those that came, went or changed */
export function changedRouteRules(before: readonly RouteRule[], after: readonly RouteRule[]): readonly string[] {
  const was = new Map(before.map((one) => [one.name, formatRouteChoice(one.choice)]));
  const is = new Map(after.map((one) => [one.name, formatRouteChoice(one.choice)]));
  return [...new Set([...was.keys(), ...is.keys()])].filter((name) => was.get(name) !== is.get(name));
}
