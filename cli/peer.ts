import type { FailingPeer } from '../core/delivery/failure-cache.ts';
import { domainOf, parseAddress } from '../core/values/address.ts';
import { parseIp } from '../core/values/network.ts';
import { CommandFailure } from './command.ts';

const smtpPort = 25;

/** `192.0.2.1:25`, `[2001:db8::1]:25`, `example.net`. */
export function peerText(peer: FailingPeer): string {
  if (peer.kind === 'hop') return peer.domain;
  return peer.ip.includes(':') ? `[${peer.ip}]:${peer.port}` : `${peer.ip}:${peer.port}`;
}

/** @param text as peerText writes it, a domain as `queue list` shows the next hop; the port may be left out. @throws CommandFailure */
export function parsePeer(text: string): FailingPeer {
  const [, bracketed, bare, portText] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const ip = parseIp(text) ?? parseIp(bracketed ?? bare ?? '');
  const port = portText === undefined || parseIp(text) !== undefined ? smtpPort : Number(portText);
  if (ip !== undefined && port >= 1 && port <= 65_535) return { kind: 'host', ip, port };
  const address = ip === undefined && portText === undefined ? parseAddress(`anybody@${text}`) : undefined;
  if (address !== undefined) return { kind: 'hop', domain: domainOf(address) };
  throw new CommandFailure(
    'usage',
    `${JSON.stringify(text.slice(0, 80))} is neither a host's address nor a domain`,
    'an address looks like 192.0.2.1, 192.0.2.1:587 or [2001:db8::1]:25; a next hop like example.net',
  );
}
