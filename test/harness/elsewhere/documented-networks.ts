import ipaddr from 'ipaddr.js';
import type { Transport } from '../../../core/delivery/transport.ts';
import { type IpAddress, isLoopback } from '../../../core/values/network.ts';

/**
 * Where addresses of the documentation networks (RFC 5737, RFC 3849) are on this machine: all of 127.0.0.0/8 is there for us on Linux. Mail never
 * goes to a loopback address that the DNS tells, so the DNS of a test tells these.
 */
const networks: readonly (readonly [network: string, second: number])[] = [
  ['192.0.2.0/24', 1],
  ['198.51.100.0/24', 2],
  ['203.0.113.0/24', 3],
  ['2001:db8::/32', 4],
];

/** @returns 127.x.y.z for a documentation address, IPv6 by its last two octets. @throws for any other: a test must reach nobody else */
export function loopbackFor(ip: string): IpAddress {
  const address = ipaddr.process(ip);
  for (const [network, second] of networks) {
    const [range, bits] = ipaddr.parseCIDR(network);
    if (range.kind() !== address.kind() || !address.match(range, bits)) continue;
    const octets = address.toByteArray();
    const [third, fourth] = address.kind() === 'ipv6' ? octets.slice(-2) : [0, octets.at(-1)];
    return `127.${second}.${third}.${fourth}` as IpAddress;
  }
  throw new Error(`${ip} is not on this machine`);
}

/** A place on this machine by the address that the DNS tells. */
export type Places = Readonly<Record<string, { readonly ip: string; readonly port: number }>>;

/**
 * The transport, to hosts of this machine.
 * @param port of all hosts that are not among `places`
 */
export function toThisMachine(real: Transport, port: number, places: Places = {}): Transport {
  return {
    connect: (to, signal, opened) => {
      if (isLoopback(to.ip)) return real.connect(to, signal, opened); // a smarthost of the test
      const place = places[to.ip] ?? { ip: loopbackFor(to.ip), port };
      return real.connect({ ...to, ip: place.ip as IpAddress, port: place.port }, signal, opened);
    },
  };
}

/** @returns why tests that need many loopback addresses are skipped */
export const lacksLoopbackNetwork: string | false =
  process.platform === 'linux' ? false : 'only Linux has all of 127.0.0.0/8 without being configured';
