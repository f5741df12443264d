import type { Brand } from '../values/brand.ts';
import type { HolderId } from '../values/ids.ts';

/** What is counted: `imap/sessions`, `imap/sessions-per-address/203.0.113.0/32`, `pop3/maildrop/alice@example.org`. */
export type SlotKey = Brand<string, 'SlotKey'>;

/** Id of one group of attempts of a holder: unique, and only grows within the holder, also as text (rule 1). */
export type OpId = Brand<string, 'OpId'>;

/** A holder's entry under a key: how many slots it has, and the operation that set it. Absent is `undefined`. */
export interface SlotEntry {
  readonly count: number;
  readonly version: OpId;
}

/** A key as it stands: `n` is the sum of the entries. `limit` only on total keys: the limit in force. */
export interface SlotItem {
  readonly n: number;
  readonly entries: ReadonlyMap<HolderId, SlotEntry>;
  readonly limit?: number;
  /** About how many holders the key has, where `entries` are not all of them: a split key shows those that matter to the one who asks. */
  readonly holders?: number;
}

export interface HolderRow {
  readonly state: 'live' | 'dead';
  /** Store time, ms: until then nobody may declare it dead. */
  readonly leaseUntil: number;
  /** Requests to this holder (list sessions, kick, drop), given to it by its own heartbeat. */
  readonly ask: readonly string[];
}

/**
 * Where slot counts are held, shared by every process of every listener and worker. Rules: docs/adr (lease scheme).
 *
 * Promise: `change` is atomic per key, and applies at most once per version however often it is sent.
 * Expiry is compared by the caller from `leaseUntil`; a store's own deletion of old items decides nothing. What it may delete:
 * a key that was not written for `sweptAfter.held` ms, one whose count is 0 after `sweptAfter.unused` ms, and rows of dead holders.
 */
export interface SlotStore {
  /**
   * Moves this holder's entry under `key` from the version it was last known to have to `to`.
   * Applies if (`from` is undefined and there is no entry, or the entry's version is `from`) and (the count does not grow, or n + d ≤ limit).
   * An entry whose count becomes 0 is kept with its version (rule 3) until the holder's end.
   *
   * Total keys keep the limit in force beside the count, so that all processes switch at one moment: a move with `setLimit` writes its limit
   * as the one in force; a move without it that makes the count grow applies only while its limit is the one in force (or none is yet).
   * A move's `limit` is slots in all under the key, 0 = unlimited, and is checked only when the count grows.
   * @returns changed, and the item after it; or the whole item as it stood when the move did not apply: being full is an answer, not an error
   * @throws OutcomeUnknown when the store did not answer in time: the caller must `read` before it goes on (rule 4)
   */
  change(move: SlotMove): Promise<SlotAnswer>;
  /** Strongly consistent. @returns undefined when nobody ever held anything under the key, or it was swept */
  read(key: SlotKey): Promise<SlotItem | undefined>;
  /** Removes the entry of a dead holder, or of one that is at its end, if it still has `version`. Safe to repeat. */
  repair(key: SlotKey, dead: HolderId, version: OpId): Promise<void>;

  /** Writes the row of a new holder, LIVE. @param lease ms from now, by the store's clock. @returns leaseUntil */
  register(holder: HolderId, lease: number): Promise<Renewed>;
  /** Prolongs, on condition `live and leaseUntil < new`. @returns 'dead' when somebody declared this holder dead, or its row is gone */
  renew(holder: HolderId, lease: number): Promise<Renewed | 'dead'>;
  /** Sets DEAD: by the holder itself at any time, by others only after leaseUntil (store clock), else nothing happens. @returns whether it is dead now */
  declareDead(holder: HolderId, self: boolean): Promise<boolean>;
  /** @returns undefined when there is no row, which means dead */
  holder(id: HolderId): Promise<HolderRow | undefined>;
  /** The store's clock as known here without a round trip, ms (rule 7): it counts suspend, and is the same for all processes up to a second. Cheap. */
  leaseTime(): number;
  /** Puts a request into a live holder's `ask`. */
  ask(holder: HolderId, request: string): Promise<boolean>;
  /** Every key with a count, for operators' listings only. Nothing is decided by it. */
  list(prefix: string, most: number): Promise<readonly { readonly key: SlotKey; readonly item: SlotItem }[]>;
}

export interface SlotMove {
  readonly key: SlotKey;
  readonly holder: HolderId;
  readonly from: SlotEntry | undefined;
  readonly to: SlotEntry;
  readonly limit: number;
  readonly total: boolean;
  /** The caller's limit is news: it becomes the limit in force. Only for totals. */
  readonly setLimit: boolean;
}

export type SlotAnswer =
  | { readonly changed: true; readonly item: SlotItem }
  /** `repeated`: the move was sent more than once before it was answered, so that a copy of it may still arrive, and apply when something is free. */
  | { readonly changed: false; readonly item: SlotItem; readonly repeated?: boolean };

export interface Renewed {
  /** Store time, ms. */
  readonly leaseUntil: number;
  /** The store's time when it answered. */
  readonly storeNow: number;
  /** Requests that were waiting; they are removed by being returned. */
  readonly ask: readonly string[];
}

/** How long a key is kept without being written, ms. Holders write the keys they hold more often than that, and forget unused ones sooner. */
export const sweptAfter = { held: 24 * 3_600_000, unused: 3_600_000 } as const;

/** The store did not answer in time or was too busy: the change may or may not have happened, or may still happen. */
export class OutcomeUnknown extends Error {
  override readonly name = 'OutcomeUnknown';
}
