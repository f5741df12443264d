import type { Destination } from '../core/accounts/account-directory.ts';
import { findPolicy } from '../core/delivery/mta-sts/find-policy.ts';
import { type Route, type RouteDeps, routeTo } from '../core/delivery/route.ts';
import { formatRouteChoice } from '../core/delivery/route-choice.ts';
import { type Way, wayOf } from '../core/delivery/way.ts';
import { type Address, domainOf, type ReversePath } from '../core/values/address.ts';

/** What would become of a message from one address to another, as far as it can be told without sending it. */
export type RouteReport =
  | { readonly kind: 'here'; readonly destination: Exclude<Destination, { kind: 'remote' }> }
  | { readonly kind: 'out'; readonly way: Way; readonly route: Route; readonly policy: string | undefined };

/** Asks DNS, and MTA-STS policies as a delivery would. */
export async function reportRoute(
  sender: ReversePath,
  recipient: Address,
  destination: Destination,
  deps: RouteDeps,
): Promise<RouteReport> {
  if (destination.kind !== 'remote') return { kind: 'here', destination };
  const mail = { domain: domainOf(recipient), sender };
  const way = wayOf(mail, deps.settings);
  if (way === undefined) throw new Error('a message without a way of its own has one by the settings');
  const route = await routeTo(mail, deps);
  return { kind: 'out', way, route, policy: way.choice.to === 'direct' ? await policyText(mail.domain, deps) : undefined };
}

async function policyText(domain: string, deps: RouteDeps): Promise<string> {
  const policy = domain.startsWith('[') ? undefined : await findPolicy(domain, deps);
  if (policy === undefined) return 'none';
  return policy === 'unavailable' ? 'announced, or not to be asked for, and not to be had' : `${policy.mode}: ${policy.mx.join(' ')}`;
}

export function wayText({ choice, by }: Way): string {
  const said = by.kind === 'rule' ? `rule ${by.rule.side} ${by.rule.domain}` : by.kind === 'row' ? "the row's own way" : 'outbound/route';
  return `${formatRouteChoice(choice)} (${said})`;
}

export function hereText(destination: Extract<RouteReport, { kind: 'here' }>['destination'], recipient: Address): string {
  if (destination.kind === 'unknown') return `${recipient} is nobody's: 550 5.1.1`;
  const { accounts, forwards } = destination;
  const parts = [
    ...(accounts.length === 0 ? [] : [`delivered here to ${accounts.join(', ')}`]),
    ...forwards.map((one) => `sent on to ${one}`),
  ];
  return parts.join('; ');
}
