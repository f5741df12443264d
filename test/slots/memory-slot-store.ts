import type { HolderRow, SlotAnswer, SlotEntry, SlotItem, SlotKey, SlotMove, SlotStore } from '../../core/slots/slot-store.ts';
import type { HolderId } from '../../core/values/ids.ts';

type Row = { state: 'live' | 'dead'; leaseUntil: number; ask: string[] };

/** The port's promise in its plainest form, to prove the rules above it under faults. */
export function memorySlotStore(leaseTime: () => number): SlotStore & { readonly items: ReadonlyMap<SlotKey, SlotItem>; writes: number } {
  const items = new Map<SlotKey, SlotItem>();
  const holders = new Map<HolderId, Row>();
  const store = {
    items,
    writes: 0,
    leaseTime,
    change: async (move: SlotMove): Promise<SlotAnswer> => {
      store.writes += 1;
      const item = items.get(move.key) ?? { n: 0, entries: new Map() };
      if (!applies(item, move)) return { changed: false, item };
      const after = moved(item, move);
      items.set(move.key, after);
      return { changed: true, item: after };
    },
    read: async (key: SlotKey) => items.get(key),
    repair: async (key: SlotKey, dead: HolderId, version: string) => {
      const item = items.get(key);
      const entry = item?.entries.get(dead);
      if (item === undefined || entry?.version !== version) return;
      const entries = new Map(item.entries);
      entries.delete(dead);
      items.set(key, { ...item, n: item.n - entry.count, entries });
    },
    register: async (holder: HolderId, lease: number) => {
      const leaseUntil = leaseTime() + lease;
      holders.set(holder, { state: 'live', leaseUntil, ask: [] });
      return { leaseUntil, storeNow: leaseTime(), ask: [] };
    },
    renew: async (holder: HolderId, lease: number) => {
      const row = holders.get(holder);
      if (row?.state !== 'live') return 'dead' as const;
      row.leaseUntil = Math.max(row.leaseUntil, leaseTime() + lease);
      return { leaseUntil: row.leaseUntil, storeNow: leaseTime(), ask: row.ask.splice(0) };
    },
    declareDead: async (holder: HolderId, self: boolean) => {
      const row = holders.get(holder);
      if (row !== undefined && (self || row.leaseUntil < leaseTime())) row.state = 'dead';
      return row?.state !== 'live';
    },
    holder: async (id: HolderId): Promise<HolderRow | undefined> => {
      const row = holders.get(id);
      return row && { ...row, ask: [...row.ask] };
    },
    ask: async (holder: HolderId, request: string) => {
      const row = holders.get(holder);
      if (row?.state !== 'live') return false;
      row.ask.push(request);
      return true;
    },
    list: async (prefix: string, most: number) =>
      [...items]
        .filter(([key, item]) => key.startsWith(prefix) && item.n > 0)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, most)
        .map(([key, item]) => ({ key, item })),
  };
  return store;
}

const countOf = (entry: SlotEntry | undefined): number => entry?.count ?? 0;

export function applies(item: SlotItem, { holder, from, to, limit, total, setLimit }: SlotMove): boolean {
  if (item.entries.get(holder)?.version !== from?.version) return false;
  const more = to.count - countOf(from);
  if (more <= 0) return true;
  if (total && !setLimit && item.limit !== undefined && item.limit !== limit) return false;
  return limit === 0 || item.n + more <= limit;
}

function moved(item: SlotItem, { holder, from, to, limit, total, setLimit }: SlotMove): SlotItem {
  const grows = to.count > countOf(from);
  const inForce = total && (setLimit || (grows && item.limit === undefined)) ? limit : item.limit;
  const n = item.n + to.count - countOf(from);
  return { n, entries: new Map(item.entries).set(holder, to), ...(inForce === undefined ? {} : { limit: inForce }) };
}
