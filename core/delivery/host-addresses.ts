import ipaddr from 'ipaddr.js';
import { type IpAddress, parseIp } from '../values/network.ts';
import type { Resolver } from './resolver.ts';

/** Addresses of one host that are tried: one host with many must not take all places of the others. */
const mostOfHost = 8;

/**
 * A host's addresses, IPv6 first and then both families by turns, so that whichever of them does not work costs one try (RFC 8305
 * section 4). An MX that names an address instead of a host is against RFC 5321 section 5.1, and common.
 */
export async function addressesOf(host: string, resolver: Resolver): Promise<readonly IpAddress[]> {
  const ip = parseIp(host);
  return ip === undefined ? byTurns(await resolver.addresses(host)).slice(0, mostOfHost) : [ip];
}

function byTurns(addresses: readonly IpAddress[]): readonly IpAddress[] {
  const v6 = addresses.filter(isIpv6);
  const v4 = addresses.filter((ip) => !isIpv6(ip));
  return Array.from({ length: Math.max(v6.length, v4.length) }, (_, i) => [v6[i], v4[i]])
    .flat()
    .filter((ip) => ip !== undefined);
}

const isIpv6 = (ip: IpAddress): boolean => ip.includes(':');

/** 127.0.0.1 in somebody's DNS is this machine seen from here: a loop, or a way to reach what listens only inside. */
export const isReachable = (ip: IpAddress): boolean =>
  !['loopback', 'unspecified', 'multicast', 'broadcast'].includes(ipaddr.parse(ip).range());
