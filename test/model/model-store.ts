import type { HolderRow, OpId, Renewed, SlotAnswer, SlotEntry, SlotItem, SlotKey, SlotMove } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';

interface Item {
  n: number;
  readonly entries: Map<HolderId, SlotEntry>;
  limit: number | undefined;
  written: number;
}

interface Row {
  state: 'live' | 'dead';
  leaseUntil: number;
  ask: string[];
}

/** What a store does for the rules. The mutation table leaves one out at a time. */
export interface StoreRules {
  /** Rule 9: `n + d <= limit`; without it `n <> limit`. */
  readonly comparesSum: boolean;
  /** Rule 3: an entry that was known and is gone fails the condition. */
  readonly absentIsDead: boolean;
  /** Rule 8: a repair compares the version. */
  readonly repairComparesVersion: boolean;
  /** A total's move that grows applies only under the limit in force. */
  readonly keepsLimitInForce: boolean;
  /** A registration that is repeated late changes nothing. */
  readonly registersOnce: boolean;
  /** Rule 6: others declare dead after the lease only. */
  readonly declaresDeadAfterLease: boolean;
}

export const allRules: StoreRules = {
  comparesSum: true,
  absentIsDead: true,
  repairComparesVersion: true,
  keepsLimitInForce: true,
  registersOnce: true,
  declaresDeadAfterLease: true,
};

/** When the store may delete what is old, ms. */
export interface SweepAges {
  readonly held: number;
  readonly unused: number;
  /** Of a holder's row, since its lease ended: longer than a copy of its registration can be late. */
  readonly rows: number;
}

/**
 * The port's promise as single steps that happen at one moment each, with the arithmetic of the DynamoDB expression: `n` is added to, never
 * summed up anew, so that whatever is applied once too often shows. Times are those of whoever sent the request.
 */
export class ModelStore {
  readonly rules: StoreRules;
  readonly items = new Map<SlotKey, Item>();
  readonly holders = new Map<HolderId, Row>();
  /** Something was applied since the last look. */
  touched = false;
  /** What each version of an entry counted, for a repair that does not compare. */
  readonly #counted = new Map<string, number>();

  constructor(rules: StoreRules) {
    this.rules = rules;
  }

  change(move: SlotMove, now: number): SlotAnswer {
    const item = this.items.get(move.key) ?? { n: 0, entries: new Map(), limit: undefined, written: now };
    const { holder, from, to, limit, total, setLimit } = move;
    if (!this.#applies(item, move)) return { changed: false, item: snapshot(item) };
    const more = to.count - (from?.count ?? 0);
    if (total && (setLimit || (more > 0 && item.limit === undefined))) item.limit = limit;
    item.n += more;
    item.entries.set(holder, to);
    item.written = now;
    this.items.set(move.key, item);
    this.touched = true;
    if (!this.rules.repairComparesVersion) this.#counted.set(`${holder} ${move.key} ${to.version}`, to.count);
    return { changed: true, item: snapshot(item) };
  }

  read(key: SlotKey): SlotItem | undefined {
    const item = this.items.get(key);
    return item && snapshot(item);
  }

  repair(key: SlotKey, dead: HolderId, version: OpId): void {
    const item = this.items.get(key);
    const entry = item?.entries.get(dead);
    if (item === undefined || (entry?.version !== version && this.rules.repairComparesVersion)) return;
    item.n -= this.rules.repairComparesVersion ? (entry?.count ?? 0) : (this.#counted.get(`${dead} ${key} ${version}`) ?? 0);
    item.entries.delete(dead);
    this.touched = true;
  }

  register(holder: HolderId, leaseUntil: number, now: number): Renewed {
    if (!this.holders.has(holder) || !this.rules.registersOnce) this.holders.set(holder, { state: 'live', leaseUntil, ask: [] });
    return { leaseUntil, storeNow: now, ask: [] };
  }

  renew(holder: HolderId, leaseUntil: number, now: number): Renewed | 'dead' {
    const row = this.holders.get(holder);
    if (row?.state !== 'live') return 'dead';
    row.leaseUntil = Math.max(row.leaseUntil, leaseUntil);
    return { leaseUntil: row.leaseUntil, storeNow: now, ask: row.ask.splice(0) };
  }

  declareDead(holder: HolderId, self: boolean, now: number): boolean {
    const row = this.holders.get(holder);
    if (row !== undefined && (self || row.leaseUntil < now || !this.rules.declaresDeadAfterLease)) row.state = 'dead';
    return row?.state !== 'live';
  }

  holder(id: HolderId): HolderRow | undefined {
    const row = this.holders.get(id);
    return row && { ...row, ask: [...row.ask] };
  }

  ask(holder: HolderId, request: string): boolean {
    const row = this.holders.get(holder);
    if (row?.state !== 'live') return false;
    row.ask.push(request);
    return true;
  }

  /** Not of the port: one slot of an entry goes, and its version stays. */
  drop(key: SlotKey, holder: HolderId | undefined): void {
    const item = this.items.get(key);
    const entry = holder === undefined ? undefined : item?.entries.get(holder);
    if (item === undefined || holder === undefined || entry === undefined || entry.count === 0) return;
    item.entries.set(holder, { ...entry, count: entry.count - 1 });
    item.n -= 1;
  }

  /** Deletes what the port allows, or some of it. @param takes whether this one */
  sweep(now: number, ages: SweepAges, takes: () => boolean): void {
    for (const [key, { n, written }] of this.items)
      if (now - written > (n === 0 ? ages.unused : ages.held) && takes()) this.items.delete(key);
    for (const [id, { leaseUntil }] of this.holders) if (now - leaseUntil > ages.rows && takes()) this.holders.delete(id);
    this.touched = true;
  }

  #applies(item: Item, { holder, from, to, limit, total, setLimit }: SlotMove): boolean {
    const mine = item.entries.get(holder);
    if (mine?.version !== from?.version && (mine !== undefined || this.rules.absentIsDead)) return false;
    const more = to.count - (from?.count ?? 0);
    if (more <= 0) return true;
    if (total && !setLimit && item.limit !== undefined && item.limit !== limit && this.rules.keepsLimitInForce) return false;
    if (limit === 0) return true;
    return this.rules.comparesSum ? item.n + more <= limit : item.n !== limit;
  }
}

const snapshot = ({ n, entries, limit }: Item): SlotItem => ({ n, entries: new Map(entries), ...(limit === undefined ? {} : { limit }) });
