import {
  type HolderRow,
  type OpId,
  type SlotAnswer,
  type SlotItem,
  type SlotKey,
  type SlotMove,
  sweptAfter,
} from '../../../core/slots/slot-store.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import type { Connection } from '../sqlite/connection.ts';

/** Slots as rows. Each function is one step inside a transaction of the caller; `now` is the store's time, ms. */

export function readItem(db: Connection, key: SlotKey): SlotItem | undefined {
  const row = db.get<{ n: number; lim: number | null }>('SELECT n, lim FROM keys WHERE key = ?', key);
  if (row === undefined) return undefined;
  const entries = new Map<HolderId, { count: number; version: OpId }>();
  const held = db.all<{ holder: string; count: number; version: string }>('SELECT holder, count, version FROM entries WHERE key = ?', key);
  for (const { holder, count, version } of held) entries.set(holder as HolderId, { count, version: version as OpId });
  return { n: row.n, entries, ...(row.lim === null ? {} : { limit: row.lim }) };
}

export function change(db: Connection, move: SlotMove, now: number): SlotAnswer {
  const item: SlotItem = readItem(db, move.key) ?? { n: 0, entries: new Map() };
  if (!applies(item, move)) return { changed: false, item };
  const n = item.n + move.to.count - (move.from?.count ?? 0);
  const limit =
    move.total && (move.setLimit || (item.limit === undefined && move.to.count > (move.from?.count ?? 0))) ? move.limit : item.limit;
  db.run('INSERT OR REPLACE INTO keys (key, n, lim, written) VALUES (?, ?, ?, ?)', move.key, n, limit ?? null, now);
  db.run(
    'INSERT OR REPLACE INTO entries (key, holder, count, version) VALUES (?, ?, ?, ?)',
    move.key,
    move.holder,
    move.to.count,
    move.to.version,
  );
  const entries = new Map(item.entries).set(move.holder, move.to);
  return { changed: true, item: { n, entries, ...(limit === undefined ? {} : { limit }) } };
}

function applies(item: SlotItem, { holder, from, to, limit, total, setLimit }: SlotMove): boolean {
  const mine = item.entries.get(holder);
  if (mine?.version !== from?.version) return false;
  const more = to.count - (from?.count ?? 0);
  if (more <= 0) return true;
  if (total && !setLimit && item.limit !== undefined && item.limit !== limit) return false;
  return limit === 0 || item.n + more <= limit;
}

export function repair(db: Connection, key: SlotKey, dead: HolderId, version: OpId): void {
  const entry = db.get<{ count: number }>('SELECT count FROM entries WHERE key = ? AND holder = ? AND version = ?', key, dead, version);
  if (entry === undefined) return;
  db.run('DELETE FROM entries WHERE key = ? AND holder = ?', key, dead);
  db.run('UPDATE keys SET n = n - ? WHERE key = ?', entry.count, key);
}

export function register(db: Connection, holder: HolderId, leaseUntil: number): void {
  db.run("INSERT INTO holders (id, state, leaseUntil) VALUES (?, 'live', ?)", holder, leaseUntil);
}

/** @returns false when the holder is dead */
export function renew(db: Connection, holder: HolderId, leaseUntil: number): boolean {
  return db.run("UPDATE holders SET leaseUntil = max(leaseUntil, ?) WHERE id = ? AND state = 'live'", leaseUntil, holder) === 1;
}

/** @param overAt a lease that ended before this may be ended for good; undefined: the holder's own word */
export function declareDead(db: Connection, holder: HolderId, overAt: number | undefined): boolean {
  db.run("UPDATE holders SET state = 'dead' WHERE id = ? AND leaseUntil < ?", holder, overAt ?? Number.MAX_SAFE_INTEGER);
  return readHolder(db, holder)?.state !== 'live';
}

export function readHolder(db: Connection, id: HolderId): HolderRow | undefined {
  const row = db.get<{ state: 'live' | 'dead'; leaseUntil: number }>('SELECT state, leaseUntil FROM holders WHERE id = ?', id);
  return (
    row && {
      ...row,
      ask: db.all<{ request: string }>('SELECT request FROM asks WHERE holder = ? ORDER BY id', id).map((ask) => ask.request),
    }
  );
}

export function takeAsks(db: Connection, holder: HolderId): readonly string[] {
  const asks = db.all<{ request: string }>('SELECT request FROM asks WHERE holder = ? ORDER BY id', holder);
  if (asks.length > 0) db.run('DELETE FROM asks WHERE holder = ?', holder);
  return asks.map((ask) => ask.request);
}

/** Requests that wait for one holder: whoever asks more is told no. */
const mostAsks = 100;

export function putAsk(db: Connection, holder: HolderId, request: string): boolean {
  const waiting = db.get<{ many: number }>('SELECT count(*) AS many FROM asks WHERE holder = ?', holder)?.many ?? 0;
  if (readHolder(db, holder)?.state !== 'live' || waiting >= mostAsks) return false;
  return db.run('INSERT INTO asks (holder, request) VALUES (?, ?)', holder, request) === 1;
}

export function list(db: Connection, prefix: string, most: number): readonly { readonly key: SlotKey; readonly item: SlotItem }[] {
  const keys = db.all<{ key: string }>(
    'SELECT key FROM keys WHERE n > 0 AND substr(key, 1, length(?1)) = ?1 ORDER BY key LIMIT ?2',
    prefix,
    most,
  );
  return keys.flatMap(({ key }) => {
    const item = readItem(db, key as SlotKey);
    return item === undefined ? [] : [{ key: key as SlotKey, item }];
  });
}

export const somebodyLives = (db: Connection, now: number): boolean =>
  db.get("SELECT 1 FROM holders WHERE state = 'live' AND leaseUntil >= ?", now) !== undefined;

/** Nobody is alive: leases, counts and all may go. */
export function emptyWhenNobodyLives(db: Connection, now: number): void {
  if (somebodyLives(db, now)) return;
  for (const table of ['keys', 'entries', 'holders', 'asks']) db.run(`DELETE FROM ${table}`);
}

/** What the port says a store may delete. Dead holders' rows stay as long as unused keys, for whoever lists them. */
export function sweep(db: Connection, now: number): void {
  const old = 'SELECT key FROM keys WHERE written < CASE WHEN n = 0 THEN ? ELSE ? END';
  db.run(`DELETE FROM entries WHERE key IN (${old})`, now - sweptAfter.unused, now - sweptAfter.held);
  db.run(`DELETE FROM keys WHERE key IN (${old})`, now - sweptAfter.unused, now - sweptAfter.held);
  db.run('DELETE FROM holders WHERE leaseUntil < ?', now - sweptAfter.unused);
  db.run('DELETE FROM asks WHERE holder NOT IN (SELECT id FROM holders)');
}
