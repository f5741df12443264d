import { duration, networks, whole } from './declare.ts';

/** Connections before any protocol speaks on them. */
export const netSettings = {
  handshakeTimeout: duration('net/handshake-timeout', {
    default: 10,
    range: [1, 120],
    from: 'a connection that never speaks must cost nothing',
    doc: 'Time a TLS handshake may take, at the start or after STARTTLS.',
  }),
} as const;

/** What counts as one client address in the per-address limits. */
export const networkSettings = {
  ipv4Prefix: whole('network/ipv4-prefix', {
    default: 32,
    range: [8, 32],
    from: 'one client is often one IPv4 address',
    doc: 'IPv4 clients whose first so many bits are equal count as one address.',
  }),

  ipv6Prefix: whole('network/ipv6-prefix', {
    default: 64,
    range: [16, 128],
    from: 'one IPv6 client owns at least a /64',
    doc: 'IPv6 clients whose first so many bits are equal count as one address. Above 64 a single client can hold as many addresses as it likes.',
  }),

  trusted: networks('network/trusted', {
    default: [],
    from: 'MDaemon: Trusted IPs',
    doc: 'Networks whose clients may use the slots of `sessions-reserved-for-trusted`. It affects limits only and never permits relaying.',
  }),
} as const;
