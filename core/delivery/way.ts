import type { LiveSettings } from '../settings/live-settings.ts';
import { outboundSettings } from '../settings/outbound.ts';
import { type RouteRule, ruleFor } from '../settings/route-rules.ts';
import { domainOf, type ReversePath } from '../values/address.ts';
import { formatRouteChoice, parseRouteChoice, type RouteChoice } from './route-choice.ts';

/** What decides how a row leaves. */
export interface RoutedMail {
  /** Of the recipients; may be an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]`. */
  readonly domain: string;
  readonly sender: ReversePath;
  /** The row's own way, see SpoolRow. */
  readonly via?: string;
  readonly requireTls?: boolean;
}

/** How a message leaves, and who said so. */
export interface Way {
  readonly choice: RouteChoice;
  readonly by: { readonly kind: 'row' } | { readonly kind: 'rule'; readonly rule: RouteRule } | { readonly kind: 'setting' };
}

type Get = Pick<LiveSettings, 'get' | 'routeRules'>;

/** The row's own way over a rule over `outbound/route`. @returns undefined when the row's way is no text of ours */
export function wayOf({ domain, sender, via }: RoutedMail, settings: Get): Way | undefined {
  if (via !== undefined) {
    const choice = parseRouteChoice(via);
    return choice === undefined ? undefined : { choice, by: { kind: 'row' } };
  }
  const rule = ruleFor(settings.routeRules(), domain, sender === '' ? undefined : domainOf(sender));
  if (rule !== undefined) return { choice: rule.choice, by: { kind: 'rule', rule } };
  return { choice: { to: settings.get(outboundSettings.route) }, by: { kind: 'setting' } };
}

/**
 * Rows with the same key leave the same way: they may share a connection, and what is asked of DNS for one is true of all. A changed setting
 * makes another key.
 */
export function wayKey(mail: RoutedMail, settings: Get): string {
  const tls = mail.requireTls === true ? ' tls' : '';
  const way = wayOf(mail, settings);
  if (way === undefined) return `? ${mail.via}${tls}`;
  if (way.choice.to === 'direct') return `direct ${mail.domain}${tls}`;
  if (way.choice.to !== 'smarthost') return formatRouteChoice(way.choice) + tls;
  return `smarthost ${outboundSettings.smarthost.format(settings.get(outboundSettings.smarthost))}${tls}`;
}
