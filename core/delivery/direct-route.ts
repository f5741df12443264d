import { serverSettings } from '../settings/server.ts';
import { type IpAddress, parseIp } from '../values/network.ts';
import { addressesOf, isReachable } from './host-addresses.ts';
import { findPolicy } from './mta-sts/find-policy.ts';
import { mayTake, type Policy } from './mta-sts/policy.ts';
import { type MxRecords, orderMailHosts } from './mx-order.ts';
import { later, never, type Route, type RouteDeps } from './route-answer.ts';
import type { HostAddress } from './transport.ts';
import type { RoutedMail } from './way.ts';

const smtpPort = 25;
const mostAddresses = 20;

/** To the mail hosts of a domain (RFC 5321 section 5.1), as far as its MTA-STS policy allows. */
export async function toDomain(mail: RoutedMail, deps: RouteDeps): Promise<Route> {
  const { domain } = mail;
  const { resolver, settings, random } = deps;
  const [records, policy] = await Promise.all([resolver.mx(domain), findPolicy(domain, deps)]);
  const found = orderMailHosts(records, settings.get(serverSettings.hostname), random);
  switch (found.kind) {
    case 'null-mx':
      return never(`5.1.10 ${domain} takes no mail (null MX)`);
    case 'ourselves':
      return never(`5.4.6 mail for ${domain} would come back to this host`);
    case 'implicit': {
      const addresses = await addressesOf(domain, resolver);
      if (addresses.length === 0) return never(`5.1.2 ${domain} has no mail host and no address`);
      return toAllowed(mail, [{ preference: 0, host: domain }], policy, deps);
    }
    case 'hosts':
      return toAllowed(mail, found.hosts, policy, deps);
  }
}

/** An address literal in an envelope (RFC 5321 section 4.1.3) is the address itself. */
export function toLiteral({ domain, requireTls }: RoutedMail, deps: RouteDeps): Route {
  const ip = parseIp(domain.slice(1, -1).replace(/^ipv6:/i, ''));
  if (ip === undefined) return never(`5.1.3 ${domain} is no address`);
  if (requireTls === true) return never(`5.7.30 no certificate could show that a host is ${domain} (REQUIRETLS)`);
  return toAddresses(domain, [{ preference: 0, host: domain, addresses: [ip] }], 'opportunistic', deps);
}

type Found = Awaited<ReturnType<typeof findPolicy>>;

async function toAllowed(mail: RoutedMail, hosts: MxRecords, policy: Found, deps: RouteDeps): Promise<Route> {
  if (typeof policy === 'object' && policy.mode === 'enforce') return toEnforced(mail.domain, hosts, policy, deps);
  if (mail.requireTls === true) return unsure(mail.domain, policy);
  const route = await toHosts(mail.domain, hosts, 'opportunistic', deps);
  if (typeof policy !== 'object' || policy.mode !== 'testing') return route;
  tellTested(mail.domain, hosts, policy, deps);
  return route.kind === 'hosts' ? { ...route, tested: mail.domain } : route;
}

/** RFC 8461 section 5: what names none of the hosts keeps the mail here, for either the policy or the MX is wrong just now. */
async function toEnforced(domain: string, hosts: MxRecords, policy: Policy, deps: RouteDeps): Promise<Route> {
  const allowed = hosts.filter(({ host }) => mayTake(policy, host));
  if (allowed.length > 0) return toHosts(domain, allowed, 'starttls-required', deps);
  return later(`4.7.0 the MTA-STS policy of ${domain} allows none of its mail hosts: ${namesOf(hosts)}`);
}

/** RFC 8689 section 4.2.1: a certificate shows only that a host has the name which DNS gave; that name must be certain too. */
const unsure = (domain: string, policy: Found): Route =>
  policy === 'unavailable'
    ? later(`4.7.30 the MTA-STS policy of ${domain} can't be had just now (REQUIRETLS)`)
    : never(`5.7.30 ${domain} enforces no MTA-STS policy, so its mail hosts are not certain (REQUIRETLS)`);

function tellTested(domain: string, hosts: MxRecords, policy: Policy, { log }: RouteDeps): void {
  const strangers = hosts.filter(({ host }) => !mayTake(policy, host));
  if (strangers.length > 0) log.event('mta-sts-would-refuse', { domain, hosts: namesOf(strangers), reason: 'not in the policy' });
}

const namesOf = (hosts: MxRecords): string => hosts.map(({ host }) => host).join(' ');

interface KnownHost {
  readonly preference: number;
  readonly host: string;
  readonly addresses: readonly IpAddress[];
}

/** A host whose name can't be resolved just now must not keep the mail from the others. */
async function toHosts(domain: string, hosts: MxRecords, tls: HostAddress['tls'], deps: RouteDeps): Promise<Route> {
  const looked = await Promise.allSettled(
    hosts.map(async (one): Promise<KnownHost> => ({ ...one, addresses: await addressesOf(one.host, deps.resolver) })),
  );
  const known = looked.filter((one) => one.status === 'fulfilled').map((one) => one.value);
  if (known.some(({ addresses }) => addresses.length > 0)) return toAddresses(domain, known, tls, deps);
  const failed = looked.find((one) => one.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return later(`4.4.4 no mail host of ${domain} has an address`);
}

function toAddresses(domain: string, hosts: readonly KnownHost[], tls: HostAddress['tls'], { settings }: RouteDeps): Route {
  const ehlo = settings.get(serverSettings.hostname);
  const all = hosts.flatMap(({ host, preference, addresses }) =>
    addresses.filter(isReachable).map((ip): HostAddress => ({ host, ip, port: smtpPort, tls, preference, ehlo })),
  );
  if (all.length === 0) return never(`5.4.6 the mail host of ${domain} has no address outside this machine`);
  return { kind: 'hosts', hosts: all.slice(0, mostAddresses) };
}
