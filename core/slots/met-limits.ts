import type { LearntCap } from '../delivery/failure-cache.ts';
import type { RefusalScope } from '../observe/refused.ts';
import { listenerSettings } from '../settings/listeners.ts';
import { loginSettings } from '../settings/login.ts';
import type { Limit } from '../settings/setting.ts';
import type { AccountId } from '../values/address.ts';
import { type IpAddress, type Network, parseIp, parseNetwork } from '../values/network.ts';
import { type Protocol, protocols } from '../values/protocol.ts';
import {
  type AppliedLimit,
  accountCommandLimit,
  accountLimit,
  addressLimit,
  type Client,
  collectLimit,
  collectServerLimit,
  destinationLimit,
  fetchesLimit,
  outboundLimit,
  type Ruling,
  strangersLimit,
  totalLimit,
  unreservedLimit,
} from './applied-limit.ts';
import type { SlotKey } from './slot-store.ts';

/** A limit that somebody meets, and where. */
export interface MetLimit extends Omit<AppliedLimit, 'kind'> {
  /** `every`: whatever is spoken. */
  readonly protocol: Protocol | 'outbound' | 'every';
  readonly scope: RefusalScope;
}

const loginProtocols = ['msa', 'pop3', 'imap'] as const;

/** What an account meets as itself. */
export const accountLimits = (ruling: Ruling, account: AccountId): readonly MetLimit[] => [
  ...loginProtocols.map((protocol) => met(protocol, 'account', accountLimit(ruling, protocol, account))),
  met('imap', 'fetches', accountCommandLimit(ruling, 'fetch', account)),
  met('imap', 'searches', accountCommandLimit(ruling, 'search', account)),
];

/** What a client meets by its address. */
export const addressLimits = (ruling: Ruling, client: Client): readonly MetLimit[] => [
  ...protocols.map((protocol) => met(protocol, 'address', addressLimit(ruling, protocol, client))),
  ...protocols.flatMap((protocol) => strangers(protocol, unreservedLimit(ruling, protocol, client))),
  counted(ruling, 'every', 'login', loginSettings.failuresPerAddress, client.network),
];

/** What everybody meets. */
export const everybodysLimits = (ruling: Ruling): readonly MetLimit[] => [
  ...protocols.map((protocol) => met(protocol, 'total', totalLimit(ruling, protocol))),
  met('imap', 'fetches', fetchesLimit(ruling)),
  ...protocols.flatMap((protocol) => {
    const { sessionsPerProcess, commandsPerProcess } = listenerSettings[protocol];
    return [counted(ruling, protocol, 'process', sessionsPerProcess), counted(ruling, protocol, 'commands', commandsPerProcess)];
  }),
];

/** What everybody meets outside of the trusted networks. */
export const strangersLimits = (ruling: Ruling): readonly MetLimit[] =>
  protocols.flatMap((protocol) => strangers(protocol, strangersLimit(ruling, protocol)));

export const outboundLimits = (ruling: Ruling): readonly MetLimit[] => [met('outbound', 'total', outboundLimit(ruling))];

/**
 * The limit that a key of the store is counted against. A key begins with the name of the setting that limits it.
 * @param caps what other hosts were learnt to bear
 * @returns undefined for locks, and for keys that nothing limits
 */
export function limitOfKey(ruling: Ruling, key: SlotKey, caps: readonly LearntCap[] = []): AppliedLimit | undefined {
  const [room = '', counts = '', ...rest] = key.split('/');
  const whom = rest.join('/');
  if (room === 'outbound') return counts === 'sessions' ? outboundLimit(ruling) : ofDestination(ruling, counts, whom, caps);
  if (room === 'collect') return counts === 'sessions' ? collectLimit(ruling) : collectServerLimit(ruling, whom);
  const protocol = protocols.find((one) => one === room);
  if (protocol === undefined) return undefined;
  switch (counts) {
    case 'sessions':
      return totalLimit(ruling, protocol);
    case 'sessions-not-trusted':
      return strangersLimit(ruling, protocol);
    case 'sessions-per-address':
      return ofAddress(ruling, protocol, whom);
    case 'sessions-per-account':
      return protocol === 'smtp' ? undefined : accountLimit(ruling, protocol, whom as AccountId);
    case 'fetches':
      return fetchesLimit(ruling);
    case 'fetches-per-account':
      return accountCommandLimit(ruling, 'fetch', whom as AccountId);
    case 'searches-per-account':
      return accountCommandLimit(ruling, 'search', whom as AccountId);
    default:
      return undefined;
  }
}

function ofAddress(ruling: Ruling, protocol: Protocol, text: string): AppliedLimit | undefined {
  const network = parseNetwork(text);
  return network === undefined ? undefined : addressLimit(ruling, protocol, { ip: firstOf(network), network });
}

function ofDestination(ruling: Ruling, counts: string, text: string, caps: readonly LearntCap[]): AppliedLimit | undefined {
  const ip = counts === 'sessions-per-destination-address' ? parseIp(text) : undefined;
  if (ip === undefined) return undefined;
  const [cap] = caps.filter((one) => one.ip === ip).toSorted((a, b) => a.connections - b.connections);
  return destinationLimit(ruling, ip, cap);
}

/** @returns the first address of a network, which stands for all that are counted together with it */
export const firstOf = (network: Network): IpAddress => network.slice(0, network.lastIndexOf('/')) as IpAddress;

const met = (protocol: MetLimit['protocol'], scope: RefusalScope, { kind: _kind, ...limit }: AppliedLimit): MetLimit => ({
  ...limit,
  protocol,
  scope,
});

const strangers = (protocol: Protocol, limit: AppliedLimit | undefined): readonly MetLimit[] =>
  limit === undefined ? [] : [met(protocol, 'reserved', limit)];

/** A limit that is not counted by slots: its name stands for the key. */
const counted = ({ settings }: Ruling, protocol: MetLimit['protocol'], scope: RefusalScope, setting: Limit, whom?: string): MetLimit => ({
  protocol,
  scope,
  setting,
  key: (whom === undefined ? setting.name : `${setting.name}/${whom}`) as SlotKey,
  limit: settings.get(setting),
  observe: settings.get(setting.mode) === 'observe',
});
