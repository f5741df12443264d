import type { RefusalFacts, SessionFacts } from '../../core/observe/process-facts.ts';
import type { RefusalScope } from '../../core/observe/refused.ts';
import { networkSettings } from '../../core/settings/network.ts';
import type { Client } from '../../core/slots/applied-limit.ts';
import { accountLimits, addressLimits, firstOf, type MetLimit } from '../../core/slots/met-limits.ts';
import { type AccountId, parseAccountId } from '../../core/values/address.ts';
import { type IpAddress, type Network, networkContains, networkOf, parseIp, parseNetwork, prefixOf } from '../../core/values/network.ts';
import { CommandFailure } from '../command.ts';
import type { InForce } from '../rulings.ts';
import type { Snapshot } from './snapshot.ts';

/** Whom is asked about. */
export type Whom =
  | { readonly kind: 'account'; readonly account: AccountId }
  | { readonly kind: 'network'; readonly network: Network; readonly text: string };

/** @throws CommandFailure */
export function parseWhom(text: string): Whom {
  const account = text.includes('@') ? parseAccountId(text) : undefined;
  if (account !== undefined) return { kind: 'account', account };
  const network = parseNetwork(text);
  if (network !== undefined) return { kind: 'network', network, text: text.includes('/') ? network : firstOf(network) };
  throw new CommandFailure(
    'usage',
    `${JSON.stringify(text.slice(0, 80))} is neither an account nor an address`,
    'mailweir explain takes an account like alice@example.org, an address like 203.0.113.9, or a network like 203.0.113.0/24',
  );
}

export const nameOf = (whom: Whom): string => (whom.kind === 'account' ? whom.account : whom.text);

/** What it meets as itself; see everybodysLimits for the rest. */
export function ownLimits(whom: Whom, snapshot: Snapshot): (inForce: InForce) => readonly MetLimit[] {
  if (whom.kind === 'account')
    return (inForce) => [...accountLimits(inForce, whom.account), ...limitsWhereConnected(ownSessions(whom, snapshot), inForce)];
  return (inForce) => clientsIn(whom.network, snapshot, inForce).flatMap((client) => addressLimits(inForce, client));
}

/** Of an account's addresses so many are looked at. */
const mostAddresses = 5;

/** An account meets the limits of the addresses it comes from; which ones it would come from next, only its sessions tell. */
function limitsWhereConnected(sessions: readonly SessionFacts[], { settings, ...inForce }: InForce): readonly MetLimit[] {
  const [v4, v6] = [settings.get(networkSettings.ipv4Prefix), settings.get(networkSettings.ipv6Prefix)];
  const ips = sessions.flatMap(({ address }) => parseIp(address) ?? []);
  const networks = [...Map.groupBy(ips, (ip) => networkOf(ip, v4, v6))].slice(0, mostAddresses);
  return networks.flatMap(([network, [ip]]) => {
    const spoken = new Set(sessions.filter(({ address }) => isWithin(parseIp(address), network)).map(({ protocol }) => protocol));
    const limits = ip === undefined ? [] : addressLimits({ ...inForce, settings }, { ip, network });
    return limits.filter(({ scope, protocol }) => scope === 'address' && spoken.has(protocol));
  });
}

export const ownSessions = (whom: Whom, { sessions }: Snapshot): readonly SessionFacts[] =>
  sessions.filter(({ account, address }) =>
    whom.kind === 'account' ? account === whom.account : isWithin(parseIp(address), whom.network),
  );

/** Of an account also those at the door of the addresses it is connected from: there nobody knows yet who knocks. */
export function ownRefusals(whom: Whom, snapshot: Snapshot): readonly RefusalFacts[] {
  const sessions = ownSessions(whom, snapshot);
  return snapshot.refusals.filter(({ account, network, scope, protocol }) => {
    if (whom.kind === 'network') return network !== undefined && overlap(network, whom.network);
    if (account !== undefined || network === undefined) return account === whom.account;
    return scope === 'address' && sessions.some((one) => one.protocol === protocol && isWithin(parseIp(one.address), network));
  });
}

/** Reasons that meet whoever comes, whatever account or address it is. */
const everybodysScopes: ReadonlySet<RefusalScope> = new Set(['total', 'reserved', 'process', 'store-down', 'draining', 'pending']);

export const everybodysRefusals = ({ refusals }: Snapshot): readonly RefusalFacts[] =>
  refusals.filter(({ scope }) => everybodysScopes.has(scope));

/** Of a wide network so many counted ones are explained one by one. */
const mostClients = 10;

/**
 * The clients as they are counted: an address is counted with others of its prefix; of a network that holds several such, those that are
 * connected or were refused, the busiest first.
 */
function clientsIn(network: Network, { sessions, refusals }: Snapshot, { settings }: InForce): readonly Client[] {
  const [v4, v6] = [settings.get(networkSettings.ipv4Prefix), settings.get(networkSettings.ipv6Prefix)];
  const counted = (ip: IpAddress): Network => networkOf(ip, v4, v6);
  const first = firstOf(network);
  if (prefixOf(network) >= prefixOf(counted(first))) return [{ ip: first, network: counted(first) }];
  const seen = [
    ...sessions.flatMap(({ address }) => parseIp(address) ?? []),
    ...refusals.flatMap((refusal) => (refusal.network === undefined ? [] : firstOf(refusal.network))),
  ].filter((ip) => isWithin(ip, network));
  const busiest = [...Map.groupBy(seen, counted)].toSorted(([, a], [, b]) => b.length - a.length).slice(0, mostClients);
  const clients = busiest.flatMap(([one, ips]) => ips.slice(0, 1).map((ip) => ({ ip, network: one })));
  return clients.length > 0 ? clients : [{ ip: first, network: counted(first) }];
}

const isWithin = (ip: IpAddress | undefined, network: Network): boolean => ip !== undefined && networkContains(network, ip);

const overlap = (one: Network, other: Network): boolean => networkContains(one, firstOf(other)) || networkContains(other, firstOf(one));
