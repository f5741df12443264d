import type { SlotKey, SlotStore } from '../../core/slots/slot-store.ts';
import type { Slots, Want } from '../../core/slots/slots.ts';
import type { SlotTimings } from '../../core/slots/timings.ts';
import type { HolderId } from '../../core/values/ids.ts';
import type { Chance } from './chance.ts';
import type { ModelStore, StoreRules } from './model-store.ts';
import type { Timeline } from './timeline.ts';

export interface DoubleParts {
  readonly store: ModelStore;
  readonly timeline: Timeline;
  readonly chance: Chance;
}

/** What stands around the real slots in a run. With nothing set the world keeps every rule; each field undoes one. */
export interface Double {
  readonly rules?: Partial<StoreRules>;
  readonly timings?: Partial<SlotTimings>;
  /** Stands between core and the network, on the process's side. */
  readonly port?: (port: SlotStore, parts: DoubleParts) => SlotStore;
  /** Stands between sessions and core. */
  readonly take?: (slots: Slots, want: Want) => ReturnType<Slots['take']>;
  /** A session has given its slot back. */
  readonly released?: (
    parts: DoubleParts,
    key: SlotKey,
    process: { readonly holder: HolderId | undefined; live(key: SlotKey): number },
  ) => void;
  readonly opens?: (open: () => Promise<Slots>) => Promise<Slots>;
  readonly clocks?: 'stand still while stopped';
  /** @default the store's */
  readonly leaseClock?: 'wall' | 'monotonic';
}
