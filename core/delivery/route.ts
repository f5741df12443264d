import ipaddr from 'ipaddr.js';
import type { Endpoint } from '../settings/endpoint.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { outboundSettings } from '../settings/outbound.ts';
import { serverSettings } from '../settings/server.ts';
import type { ReversePath } from '../values/address.ts';
import { type IpAddress, parseIp } from '../values/network.ts';
import type { Secrets } from '../world.ts';
import { orderMailHosts } from './mx-order.ts';
import { DnsTemporary, type Resolver } from './resolver.ts';
import type { HostAddress } from './transport.ts';

/** Where mail for a domain may be handed over, as plain data: whoever knows hosts that fail or are full takes them out of the list. */
export type Route =
  /** In the order they are to be tried; never empty. */
  | { readonly kind: 'hosts'; readonly hosts: readonly HostAddress[] }
  /** Nobody will ever take it. `reason` begins with an enhanced code (RFC 3463). */
  | { readonly kind: 'never'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string };

export interface RouteDeps {
  readonly resolver: Resolver;
  readonly settings: LiveSettings;
  readonly secrets: Secrets;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

const smtpPort = 25;
const smtpsPort = 465;
const mostAddresses = 20;

/** What decides how a row leaves. */
export interface RoutedMail {
  /** Of the recipients; may be an address literal, `[192.0.2.1]` or `[IPv6:2001:db8::1]`. */
  readonly domain: string;
  readonly sender: ReversePath;
  /** The row's own way, see SpoolRow. */
  readonly via?: string;
  readonly requireTls?: boolean;
}

/** What one domain's rows share may be asked once and kept for the life of a session; it depends on nothing but `mail`. */
export async function routeTo({ domain }: RoutedMail, deps: RouteDeps): Promise<Route> {
  try {
    if (deps.settings.get(outboundSettings.route) === 'smarthost') return await toSmarthost(deps);
    return domain.startsWith('[') ? toLiteral(domain, deps) : await toDomain(domain, deps);
  } catch (error) {
    if (error instanceof DnsTemporary) return later(`4.4.3 ${error.message}`);
    throw error;
  }
}

const never = (reason: string): Route => ({ kind: 'never', reason });
const later = (reason: string): Route => ({ kind: 'later', reason });

async function toDomain(domain: string, deps: RouteDeps): Promise<Route> {
  const { resolver, settings, random } = deps;
  const found = orderMailHosts(await resolver.mx(domain), settings.get(serverSettings.hostname), random);
  switch (found.kind) {
    case 'null-mx':
      return never(`5.1.10 ${domain} takes no mail (null MX)`);
    case 'ourselves':
      return never(`5.4.6 mail for ${domain} would come back to this host`);
    case 'implicit': {
      const addresses = await resolver.addresses(domain);
      return addresses.length === 0
        ? never(`5.1.2 ${domain} has no mail host and no address`)
        : direct(domain, [[domain, addresses]], deps);
    }
    case 'hosts':
      return toHosts(domain, found.hosts, deps);
  }
}

/** A host whose name can't be resolved just now must not keep the mail from the others. */
async function toHosts(domain: string, hosts: readonly string[], deps: RouteDeps): Promise<Route> {
  const looked = await Promise.allSettled(hosts.map(async (host) => [host, await addressesOf(host, deps.resolver)] as const));
  const known = looked.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  if (known.some(([, addresses]) => addresses.length > 0)) return direct(domain, known, deps);
  const failed = looked.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return later(`4.4.4 no mail host of ${domain} has an address`);
}

/** An MX that names an address instead of a host is against RFC 5321 section 5.1, and common. */
async function addressesOf(host: string, resolver: Resolver): Promise<readonly IpAddress[]> {
  const ip = parseIp(host);
  return ip === undefined ? resolver.addresses(host) : [ip];
}

function toLiteral(domain: string, deps: RouteDeps): Route {
  const ip = parseIp(domain.slice(1, -1).replace(/^ipv6:/i, ''));
  return ip === undefined ? never(`5.1.3 ${domain} is no address`) : direct(domain, [[domain, [ip]]], deps);
}

type KnownHost = readonly [host: string, addresses: readonly IpAddress[]];

function direct(domain: string, hosts: readonly KnownHost[], { settings }: RouteDeps): Route {
  const ehlo = settings.get(serverSettings.hostname);
  const all = hosts.flatMap(([host, addresses]) =>
    addresses.filter(isReachable).map((ip): HostAddress => ({ host, ip, port: smtpPort, tls: 'opportunistic', ehlo })),
  );
  // 127.0.0.1 in somebody's DNS is this machine seen from here: a loop, or a way to reach what listens only inside.
  if (all.length === 0) return never(`5.4.6 the mail host of ${domain} has no address outside this machine`);
  return { kind: 'hosts', hosts: all.slice(0, mostAddresses) };
}

const isReachable = (ip: IpAddress): boolean => !['loopback', 'unspecified', 'multicast', 'broadcast'].includes(ipaddr.parse(ip).range());

async function toSmarthost({ settings, secrets, resolver }: RouteDeps): Promise<Route> {
  const to = settings.get(outboundSettings.smarthost);
  if (to === 'none') return later('4.3.5 the route is a smarthost, and none is set');
  const password = to.credentials === undefined ? undefined : await secrets.get(to.credentials.secret);
  if (to.credentials !== undefined && password === undefined) return later(`4.3.5 the secret ${to.credentials.secret} is missing`);
  const addresses = await addressesOf(to.host, resolver);
  if (addresses.length === 0) return later(`4.4.4 the smarthost ${to.host} has no address`);
  const ehlo = settings.get(serverSettings.hostname);
  return { kind: 'hosts', hosts: addresses.slice(0, mostAddresses).map((ip) => ({ ...smarthostAt(to, ip, password), ehlo })) };
}

/** A password is never sent in the clear. */
function smarthostAt({ host, port, credentials }: Endpoint, ip: IpAddress, password: string | undefined): Omit<HostAddress, 'ehlo'> {
  const tls = port === smtpsPort ? 'implicit' : credentials === undefined ? 'opportunistic' : 'starttls-required';
  if (credentials === undefined || password === undefined) return { host, ip, port, tls };
  return { host, ip, port, tls, credentials: { user: credentials.user, password } };
}
