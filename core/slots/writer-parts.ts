import type { Clock } from '../values/clock.ts';
import type { Lease } from './lease.ts';
import type { Outage } from './outage.ts';
import type { Repair } from './repair.ts';
import type { SlotItem, SlotKey, SlotStore } from './slot-store.ts';
import type { SlotTimings } from './timings.ts';

/** What the writers of all keys of a process share. */
export interface WriterParts {
  readonly store: SlotStore;
  readonly clock: Clock;
  readonly timings: SlotTimings;
  readonly lease: Lease;
  readonly outage: Outage;
  readonly repair: Repair;
  /** Sessions that hold the key and got no slot when theirs had to be taken again. */
  readonly mustClose: (key: SlotKey, sessions: number) => void;
}

/** The sessions' side of a key, as its writer sees it. */
export interface Desk {
  /** Waiting sessions that the store may be asked for now. */
  asking(): number;
  /** Hands out what there is. */
  serve(): void;
  /** The store said that nothing is free, and who has it all. */
  full(item: SlotItem): void;
  /** The store did not answer, twice in a row. */
  unanswered(): void;
  /** No write is needed or possible now. */
  resting(): void;
}
