import { formatRouteChoice, type RouteChoice } from '../delivery/route-choice.ts';
import { wayOf } from '../delivery/way.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { outboundSettings } from '../settings/outbound.ts';
import { ruleFor } from '../settings/route-rules.ts';
import type { Address } from '../values/address.ts';

/** Who hands a domain's mail to the hosts of others, and so whom its SPF record has to name. */
export interface SendingHosts {
  /** The addresses that direct sessions leave from. */
  readonly direct: boolean;
  readonly ses: boolean;
  /** Hosts whose own addresses only those know who run them. */
  readonly smarthosts: readonly string[];
}

type Settings = Pick<LiveSettings, 'get' | 'routeRules'>;

/** Every way that mail from a domain may take, to whomever: by `outbound/route`, and by the rules. */
export function sendingHosts(domain: string, settings: Settings): SendingHosts {
  const choices = choicesOf(domain, settings);
  const hosts = choices.flatMap((choice) => hostOf(choice, settings));
  return {
    direct: choices.some(({ to }) => to === 'direct'),
    ses: choices.some(({ to }) => to === 'ses') || hosts.some(isSes),
    smarthosts: [...new Set(hosts.filter((host) => !isSes(host)))],
  };
}

function choicesOf(domain: string, settings: Settings): readonly RouteChoice[] {
  const rules = settings.routeRules();
  const named = rules
    .filter(({ side, domain: recipient }) => side === 'to' && recipient !== '*')
    // A name below `.example.net` may have a nearer rule; the rule itself holds for some other one.
    .map(({ domain: recipient, choice }) => (recipient.startsWith('.') ? choice : (ruleFor(rules, recipient, domain)?.choice ?? choice)));
  // To a domain that no rule names: the empty one.
  const otherwise = wayOf({ domain: '', sender: `postmaster@${domain}` as Address }, settings);
  const all = [...named, ...(otherwise === undefined ? [] : [otherwise.choice])];
  return [...new Map(all.map((choice) => [formatRouteChoice(choice), choice])).values()];
}

function hostOf(choice: RouteChoice, settings: Settings): readonly string[] {
  if (choice.to === 'host') return [choice.host.host.toLowerCase()];
  if (choice.to !== 'smarthost') return [];
  const smarthost = settings.get(outboundSettings.smarthost);
  return smarthost === 'none' ? ['outbound/smarthost'] : [smarthost.host.toLowerCase()];
}

/** SES takes mail by SMTP as well. */
const isSes = (host: string): boolean => /^email-smtp(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com$/.test(host);
