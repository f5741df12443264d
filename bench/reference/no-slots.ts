import type { SlotsOptions } from '../../core/slots/open-slots.ts';
import type { Hold, KnownKeys, Slots, Want } from '../../core/slots/slots.ts';
import type { HolderId } from '../../core/values/ids.ts';

/** Stands in for core/slots/open-slots.ts (see without-slots.ts): everybody is let in and nothing is counted. */
export async function openSlots(_: SlotsOptions): Promise<Slots & KnownKeys> {
  return {
    holder: 'nobody' as HolderId,
    take: async ({ key }: Want): Promise<Hold> => ({ key, release: () => {} }),
    mayAct: () => true,
    onMustClose: () => () => {},
    held: () => new Map(),
    usage: () => [],
    giveBackSpare: () => {},
    downSince: undefined,
    close: async () => {},
  };
}
