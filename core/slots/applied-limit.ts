import { isAnonymous } from '../accounts/principal.ts';
import type { LearntCap } from '../delivery/failure-cache.ts';
import { collectSettings } from '../settings/collect.ts';
import type { LoginProtocol } from '../settings/listener-settings.ts';
import { imapSettings, listenerSettings, loginListenerSettings } from '../settings/listeners.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { networkSettings } from '../settings/network.ts';
import { outboundSettings } from '../settings/outbound.ts';
import { accountOverride, addressOverride, type Override } from '../settings/overrides.ts';
import type { Limit, Setting } from '../settings/setting.ts';
import type { AccountId } from '../values/address.ts';
import { type IpAddress, isReserved, type Network, networkContains } from '../values/network.ts';
import type { Protocol } from '../values/protocol.ts';
import * as keys from './slot-key.ts';
import type { SlotKey } from './slot-store.ts';
import type { Want } from './slots.ts';

/** A limit as it meets one client, account or process: which key is counted against which number, and what set that number. */
export interface AppliedLimit extends Pick<Want, 'key' | 'limit' | 'kind'> {
  readonly observe: boolean;
  readonly setting: Limit;
  /** What made the number, when it is not the setting's own value. */
  readonly because?:
    | Override
    | { readonly share: Setting<number> }
    | { readonly reserved: Setting<number> }
    | { readonly learnt: LearntCap };
}

/** Under this total a share of it would lock out the one household it serves. */
const leastShared = 10;

export interface Client {
  readonly ip: IpAddress;
  readonly network: Network;
}

/** What decides about one client: the settings, and the time, because an override may have an end. ms since the epoch */
export interface Ruling {
  readonly settings: LiveSettings;
  readonly now: number;
}

export const totalLimit = ({ settings }: Ruling, protocol: Protocol): AppliedLimit =>
  plain(settings, listenerSettings[protocol].sessions, keys.sessionsKey(protocol), 'total');

/**
 * The part of the total that clients outside of `network/trusted` may use: a key of its own, which only they are counted under, so that it is
 * as exact as the total.
 * @returns undefined when nothing is reserved, or the client is trusted
 */
export const unreservedLimit = (ruling: Ruling, protocol: Protocol, { ip }: Client): AppliedLimit | undefined =>
  isTrusted(ruling, ip) ? undefined : strangersLimit(ruling, protocol);

export const isTrusted = ({ settings }: Ruling, ip: IpAddress): boolean =>
  settings.get(networkSettings.trusted).some((network) => networkContains(network, ip));

/** @returns undefined when nothing is reserved */
export function strangersLimit({ settings }: Ruling, protocol: Protocol): AppliedLimit | undefined {
  const { sessions, reservedForTrusted } = listenerSettings[protocol];
  const [total, reserved] = [settings.get(sessions), settings.get(reservedForTrusted)];
  if (total === 0 || reserved === 0) return undefined;
  // A limit of 0 would mean unlimited: of a total that is reserved whole, strangers get nothing, which only -1 could say.
  const open = total - Math.ceil((total * reserved) / 100);
  const key = keys.unreservedKey(protocol);
  return { ...plain(settings, sessions, key, 'total'), limit: open === 0 ? nothing : open, because: { reserved: reservedForTrusted } };
}

/** A limit that nobody fits under. */
export const nothing = -1;

export function addressLimit({ settings, now }: Ruling, protocol: Protocol, { ip, network }: Client): AppliedLimit {
  const { sessionsPerAddress, sharePerAddress } = listenerSettings[protocol];
  const own = plain(settings, sessionsPerAddress, keys.addressKey(protocol, network), 'shared');
  const override = addressOverride(settings.overrides(), sessionsPerAddress, ip, now);
  return override === undefined ? shared(own, protocol, sharePerAddress, settings) : overridden(own, override);
}

export function accountLimit({ settings, now }: Ruling, protocol: LoginProtocol, account: AccountId): AppliedLimit {
  const { sessionsPerAccount, sharePerAccount } = loginListenerSettings[protocol];
  const own = plain(settings, sessionsPerAccount, keys.accountKey(protocol, account), 'shared');
  // A limit meant for one person would be one for all the world; all of it together takes no more than a share of the total.
  if (isAnonymous(account)) return shared({ ...own, limit: 0 }, protocol, sharePerAccount, settings);
  const override = accountOverride(settings.overrides(), sessionsPerAccount, account, now);
  return override === undefined ? shared(own, protocol, sharePerAccount, settings) : overridden(own, override);
}

/** @param command FETCH or SEARCH */
export function accountCommandLimit({ settings, now }: Ruling, command: 'fetch' | 'search', account: AccountId): AppliedLimit {
  const setting = command === 'fetch' ? imapSettings.fetchesPerAccount : imapSettings.searchesPerAccount;
  const own = plain(settings, setting, keys.commandKey(command, account), 'command');
  const override = accountOverride(settings.overrides(), setting, account, now);
  return override === undefined ? own : overridden(own, override);
}

export const fetchesLimit = ({ settings }: Ruling): AppliedLimit => plain(settings, imapSettings.fetches, keys.fetchesKey(), 'total');

export const outboundLimit = ({ settings }: Ruling): AppliedLimit =>
  plain(settings, outboundSettings.sessions, keys.outboundKey(), 'total');

/**
 * Connections to one address of another host. Trusted and reserved networks are exempt from the setting unless they are switched on; what the
 * host itself said that it bears holds for all, and is enforced also where the setting is only observed.
 */
export function destinationLimit(ruling: Ruling, ip: IpAddress, cap?: LearntCap): AppliedLimit {
  const { settings, now } = ruling;
  const own = plain(settings, outboundSettings.sessionsPerDestinationAddress, keys.destinationKey(ip), 'plain');
  const limit = isExempt(ruling, ip) ? 0 : own.limit;
  const isLearnt = cap !== undefined && now < cap.until && (limit === 0 || own.observe || cap.connections < limit);
  return isLearnt ? { ...own, limit: cap.connections, observe: false, because: { learnt: cap } } : { ...own, limit };
}

const isExempt = (ruling: Ruling, ip: IpAddress): boolean =>
  (isTrusted(ruling, ip) && !ruling.settings.get(outboundSettings.limitTrusted)) ||
  (isReserved(ip) && !ruling.settings.get(outboundSettings.limitReserved));

export const collectLimit = ({ settings }: Ruling): AppliedLimit => plain(settings, collectSettings.sessions, keys.collectKey(), 'total');

/** Written at each release: a session lasts seconds, and what lingered in one process would keep others from a server with two places. */
export const collectServerLimit = ({ settings }: Ruling, host: string): AppliedLimit =>
  plain(settings, collectSettings.sessionsPerServer, keys.collectServerKey(host), 'plain');

const plain = (settings: LiveSettings, setting: Limit, key: SlotKey, kind: Want['kind']): AppliedLimit => ({
  setting,
  key,
  kind,
  limit: settings.get(setting),
  observe: settings.get(setting.mode) === 'observe',
});

const overridden = (own: AppliedLimit, override: Override): AppliedLimit => ({ ...own, limit: override.value, because: override });

/** Nobody takes more than a share of the total, whatever his own limit says. An operator's override is meant as it stands. */
function shared(own: AppliedLimit, protocol: Protocol, share: Setting<number>, settings: LiveSettings): AppliedLimit {
  const [total, percent] = [settings.get(listenerSettings[protocol].sessions), settings.get(share)];
  if (total < leastShared || percent === 0) return own;
  const most = Math.max(1, Math.floor((total * percent) / 100));
  return own.limit === 0 || own.limit > most ? { ...own, limit: most, because: { share } } : own;
}
