import type { AccountId } from '../values/address.ts';
import type { IpAddress, Network } from '../values/network.ts';
import type { Protocol } from '../values/protocol.ts';
import type { SlotKey } from './slot-store.ts';
import { wholeKey } from './split/part-layout.ts';

/** All sessions of a protocol. */
export const sessionsKey = (protocol: Protocol): SlotKey => `${protocol}/sessions` as SlotKey;

/** Sessions of one client network. */
export const addressKey = (protocol: Protocol, network: Network): SlotKey => `${protocol}/sessions-per-address/${network}` as SlotKey;

/** Sessions of one account. */
export const accountKey = (protocol: Protocol, account: AccountId): SlotKey => `${protocol}/sessions-per-account/${account}` as SlotKey;

/** The POP3 maildrop lock of RFC 1939 section 4; its limit is 1. */
export const maildropKey = (account: AccountId): SlotKey => `pop3/maildrop/${account}` as SlotKey;

/** Sessions of clients outside of the trusted networks. */
export const unreservedKey = (protocol: Protocol): SlotKey => `${protocol}/sessions-not-trusted` as SlotKey;

/** FETCH or SEARCH commands of one account. */
export const commandKey = (command: 'fetch' | 'search', account: AccountId): SlotKey =>
  `imap/${command === 'fetch' ? 'fetches' : 'searches'}-per-account/${account}` as SlotKey;

/** All FETCH commands. */
export const fetchesKey = (): SlotKey => 'imap/fetches' as SlotKey;

/** @returns what keys of one kind have in common, without whose it is: `imap/sessions`, `imap/sessions-per-account` */
export function keyClass(key: SlotKey): string {
  const whole = wholeKey(key);
  const end = whole.indexOf('/', whole.indexOf('/') + 1);
  return end < 0 ? whole : whole.slice(0, end);
}

/** All outbound sessions. */
export const outboundKey = (): SlotKey => 'outbound/sessions' as SlotKey;

/** Connections to one address of another host, whatever the port. */
export const destinationKey = (ip: IpAddress): SlotKey => `outbound/sessions-per-destination-address/${ip}` as SlotKey;

/** All sessions that collect mail. */
export const collectKey = (): SlotKey => 'collect/sessions' as SlotKey;

/** Collecting sessions with one server. @param host in lower case */
export const collectServerKey = (host: string): SlotKey => `collect/sessions-per-server/${host}` as SlotKey;
