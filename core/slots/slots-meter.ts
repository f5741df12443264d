import type { SlotKey } from './slot-store.ts';

/** What the slots tell to be counted. Cheap, and never in anybody's way. */
export interface SlotsMeter {
  /** One write was sent to the store. @param key undefined: a holder's own row */
  wrote(key: SlotKey | undefined): void;
  /** Somebody stands in line. @returns to be called once when that is over */
  waits(key: SlotKey): () => void;
  /** Slots of a dead holder came back. */
  repaired(key: SlotKey, slots: number): void;
  /** This process was declared dead. */
  fenced(): void;
  storeDown(): void;
  storeBack(): void;
  /** Sessions that did not fit and must end. */
  excess(key: SlotKey, sessions: number): void;
}

export const noMeter: SlotsMeter = {
  wrote: () => {},
  waits: () => () => {},
  repaired: () => {},
  fenced: () => {},
  storeDown: () => {},
  storeBack: () => {},
  excess: () => {},
};
