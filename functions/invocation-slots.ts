import type { EventLog } from '../core/observe/event-log.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import { slotsSettings } from '../core/settings/slots.ts';
import { openSlots } from '../core/slots/open-slots.ts';
import type { SlotStore } from '../core/slots/slot-store.ts';
import type { Slots } from '../core/slots/slots.ts';
import type { Clock } from '../core/values/clock.ts';
import type { NewId } from '../core/values/ids.ts';

export interface InvocationSlotsDeps {
  readonly slotStore: SlotStore;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly settings: LiveSettings;
  readonly log: EventLog;
}

/** The invocation is the holder, not the container: a container that stands still between two invocations could renew no lease. */
export const openInvocationSlots = ({ slotStore: store, clock, newId, settings, log }: InvocationSlotsDeps): Promise<Slots> =>
  openSlots({ store, clock, newId, log, policy: () => settings.get(slotsSettings.whenStoreIsDown) });
