import type { HolderId } from '../values/ids.ts';
import type { SlotKey } from './slot-store.ts';

/** One slot a session owns. Its owner releases it, once, whatever path ends the session; a second release does nothing. */
export interface Hold {
  readonly key: SlotKey;
  release(): void;
}

/** "No": the key is full. `used` and `limit` are for the client's own scope only. */
export interface Full {
  readonly full: true;
  readonly used: number;
  readonly limit: number;
}

export interface Want {
  readonly key: SlotKey;
  /** Slots in all under the key, 0 = unlimited. Read from the settings at each call. */
  readonly limit: number;
  /** `total`: spare slots are kept in chunks. `shared`: address and account keys, released slots linger. `plain`: each release is written at once (locks, outbound). */
  readonly kind: 'total' | 'shared' | 'plain';
  /** Stand in line for at most this long. @default 0 ms */
  readonly wait?: number;
  readonly signal?: AbortSignal;
}

/** Exact slots over all processes. One per process epoch; rules in docs/adr (lease scheme). */
export interface Slots {
  readonly holder: HolderId;
  /** @returns 'store-down' only under the policy `closed`, or when this process is fenced and the policy allows nothing */
  take(want: Want): Promise<Hold | Full | 'store-down'>;
  /** True while this process may act for its sessions: checked before every admission and every command (rule 6). Cheap: compares two clocks. */
  mayAct(): boolean;
  /** Called when sessions must end: policy `closed` after the fence, or what did not fit after the store came back. */
  onMustClose(listener: (keys: readonly SlotKey[] | 'all') => void): () => void;
  /** This process's share: key → how many of its sessions hold it. */
  held(): ReadonlyMap<SlotKey, number>;
  /** Gives everything back and declares this holder dead. */
  close(): Promise<void>;
}
