import type { EventLog } from '../observe/event-log.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import { destinationLimit } from '../slots/applied-limit.ts';
import type { SlotStore } from '../slots/slot-store.ts';
import type { Hold, Slots } from '../slots/slots.ts';
import type { Clock } from '../values/clock.ts';
import type { LearntCap } from './failure-cache.ts';
import type { OpenConnection, OpenConnections } from './open-connections.ts';
import type { HostAddress } from './transport.ts';

export interface DestinationDeps {
  readonly slots: Slots;
  readonly slotStore: Pick<SlotStore, 'read'>;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly log: EventLog;
  readonly connections: OpenConnections;
}

/** The right to one connection to an address. */
export interface Destination {
  readonly open: OpenConnection;
  /** Undefined where nothing limits it: then nothing was written. */
  readonly slot: Hold | undefined;
  /** Gives it back; a second call does nothing. */
  end(): void;
}

export interface DestinationFull {
  readonly full: true;
  /** Undefined: the slot store does not answer, and the policy lets nobody in. */
  readonly of: { readonly used: number; readonly limit: number } | undefined;
}

/** Takes a slot of the destination's address where a limit or a learnt cap is in force. Full is an answer: the next address may have room. */
export async function takeDestination(
  { ip, host }: HostAddress,
  cap: LearntCap | undefined,
  { slots, settings, clock, log, connections }: DestinationDeps,
): Promise<Destination | DestinationFull> {
  const { key, kind, limit, observe } = destinationLimit({ settings, now: clock.now() }, ip, cap);
  if (limit === 0) return destination(connections.begin(ip, undefined), undefined);
  // What was begun while nothing was counted stands all the same.
  const left = limit - connections.uncounted(ip);
  if (left <= 0 && !observe) return { full: true, of: { used: limit - left, limit } };
  const slot = await slots.take({ key, kind, observe, limit: observe ? limit : left });
  if (slot === 'store-down') return { full: true, of: undefined };
  if ('full' in slot) return { full: true, of: { used: slot.used + limit - left, limit } };
  if (slot.over !== undefined) log.event('destination-would-be-full', { host, ip, used: slot.over.used, limit });
  return destination(connections.begin(ip, key), slot);
}

function destination(open: OpenConnection, slot: Hold | undefined): Destination {
  return {
    open,
    slot,
    end: () => {
      open.end();
      slot?.release();
    },
  };
}

/** @returns connections to the address beside this one, of all processes as far as slots count them, of this process in any case */
export async function othersOf({ slot }: Destination, { ip }: HostAddress, deps: DestinationDeps): Promise<number> {
  const here = deps.connections.count(ip) - 1;
  if (slot === undefined) return here;
  const item = await deps.slotStore.read(slot.key).catch(() => undefined); // while the store does not answer, what is here must do
  const elsewhere = (item?.n ?? 0) - (deps.slots.held().get(slot.key) ?? 0);
  return here + Math.max(0, elsewhere);
}
