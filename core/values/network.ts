import ipaddr from 'ipaddr.js';
import type { Brand } from './brand.ts';

/** A client's address as text, v4-mapped IPv6 unwrapped: `203.0.113.9`, `2001:db8::1`. */
export type IpAddress = Brand<string, 'IpAddress'>;

/** What a per-address limit counts: an address cut to a prefix, `203.0.113.9/32`, `2001:db8:0:1::/64`. */
export type Network = Brand<string, 'Network'>;

/** @returns undefined when the text is no address; a zone id (`fe80::1%eth0`) is dropped */
export function parseIp(text: string): IpAddress | undefined {
  const bare = text.split('%', 1)[0] as string;
  return ipaddr.isValid(bare) ? (ipaddr.process(bare).toString() as IpAddress) : undefined;
}

/** @param ipv4Prefix 8–32. @param ipv6Prefix 16–128. @returns the network that is counted for this client */
export function networkOf(ip: IpAddress, ipv4Prefix: number, ipv6Prefix: number): Network {
  if (ipv4Prefix === 32 && !ip.includes(':')) return `${ip}/32` as Network; // once per connection, and nothing to cut
  const address = ipaddr.parse(ip);
  const bits = address.kind() === 'ipv4' ? ipv4Prefix : ipv6Prefix;
  const bytes = address.toByteArray().map((byte, i) => byte & (0xff00 >> Math.max(0, Math.min(8, bits - 8 * i))) & 0xff);
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}` as Network;
}

/** @param text `10.0.0.0/8`, or one address. @returns undefined when it is neither; host bits are cut off */
export function parseNetwork(text: string): Network | undefined {
  const [host, bits, ...rest] = text.split('/');
  const ip = parseIp(host ?? '');
  if (ip === undefined || rest.length > 0) return undefined;
  const most = ipaddr.parse(ip).kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return networkOf(ip, 32, 128);
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > most) return undefined;
  return networkOf(ip, Number(bits), Number(bits));
}

export function networkContains(network: Network, ip: IpAddress): boolean {
  const [range, bits] = ipaddr.parseCIDR(network);
  const address = ipaddr.parse(ip);
  return address.kind() === range.kind() && address.match(range, bits);
}

/** @returns how many bits of an address the network fixes */
export const prefixOf = (network: Network): number => Number(network.slice(network.lastIndexOf('/') + 1));

export const isLoopback = (ip: IpAddress): boolean => ipaddr.parse(ip).range() === 'loopback';

const reserved = ['127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '::1/128', 'fc00::/7', 'fe80::/10'].flatMap(
  (text) => parseNetwork(text) ?? [],
);

/** Inside of a network or of this machine: RFC 1918, RFC 4193, loopback and link-local of IPv6. */
export const isReserved = (ip: IpAddress): boolean => reserved.some((network) => networkContains(network, ip));
