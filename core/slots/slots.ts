import type { HolderId } from '../values/ids.ts';
import type { SlotKey } from './slot-store.ts';

/** One slot a session owns. Its owner releases it, once, whatever path ends the session; a second release does nothing. */
export interface Hold {
  readonly key: SlotKey;
  /** The key is only observed, and was above its limit with this slot: whoever took it would have been refused. */
  readonly over?: Full;
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
  /** Slots in all under the key, 0 = unlimited (still counted, so that a limit that is set later is exact at once). Read from the settings at each call. */
  readonly limit: number;
  /**
   * `total`: spare slots are kept in chunks. `shared`: address and account keys, released slots linger for seconds. `command`: those of
   * commands, of which a session runs many, linger for minutes and are given back when another process asks for them. `plain`: each release
   * is written at once (locks).
   */
  readonly kind: 'total' | 'shared' | 'command' | 'plain';
  /** Counts and never refuses: what would have been refused stands in the hold. @default false */
  readonly observe?: boolean;
  /** Stand in line for at most this long, ms: first come, first served within this process. @default 0 */
  readonly wait?: number;
  /** Leaves the line; the answer is then Full. */
  readonly signal?: AbortSignal;
}

/** One key as this process knows it. */
export interface KeyUsage {
  readonly key: SlotKey;
  readonly total: boolean;
  /** Slots of all holders as last told by the store, with those kept ready. */
  readonly used: number;
  /** 0 = unlimited. */
  readonly limit: number;
}

/** What there is to tell of the keys that a process has to do with. */
export interface KnownKeys {
  usage(): Iterable<KeyUsage>;
}

/** Exact slots over all processes. One per process epoch; rules in docs/adr (lease scheme). */
export interface Slots {
  /** Id of the current epoch; a process that was declared dead goes on under a new one. */
  readonly holder: HolderId;
  /** @returns 'store-down' only under the policy `closed`, or when this process is fenced and the policy allows nothing */
  take(want: Want): Promise<Hold | Full | 'store-down'>;
  /** True while this process may act for its sessions: checked before every admission and every command (rule 6). Cheap: compares two clocks. */
  mayAct(): boolean;
  /**
   * Called when sessions must end: all of them under policy `closed` after the fence; or, for each key named, one session that holds it
   * (a key is named once per session) when they did not fit after the store came back or this process was declared dead.
   */
  onMustClose(listener: (keys: readonly SlotKey[] | 'all') => void): () => void;
  /** This process's share: key → how many of its sessions hold it. */
  held(): ReadonlyMap<SlotKey, number>;
  /** Spare slots of this key that no session holds go back now. */
  giveBackSpare(key: SlotKey): void;
  /** Since when the store has not answered, ms by the monotonic clock; undefined while it does. */
  readonly downSince: number | undefined;
  /** Gives everything back and declares this holder dead. */
  close(): Promise<void>;
}
