import { DatabaseSync } from 'node:sqlite';
import {
  type FailingPeer,
  type FailureCache,
  forgottenAfter,
  type LearntCap,
  mostPeers,
  type PeerFailure,
  parsePeerKey,
  peerKey,
  untilCleared,
} from '../../../core/delivery/failure-cache.ts';
import type { HolderId } from '../../../core/values/ids.ts';
import { Connection } from './connection.ts';
import { migrate } from './migrate.ts';
import { makePrivate } from './open-database.ts';
import { retryBusy } from './retry-busy.ts';

const schema = `
  CREATE TABLE peers (
    peer TEXT PRIMARY KEY, name TEXT NOT NULL, reason TEXT NOT NULL,
    firstAt INTEGER NOT NULL, lastAt INTEGER NOT NULL, count INTEGER NOT NULL,
    until INTEGER NOT NULL, held INTEGER NOT NULL, trialBy TEXT, trialUntil INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX peers_until ON peers (held, until);
  CREATE TABLE caps (host TEXT PRIMARY KEY, connections INTEGER NOT NULL, until INTEGER NOT NULL, reply TEXT NOT NULL) WITHOUT ROWID;
  CREATE INDEX caps_until ON caps (until);
`;

/**
 * A file of its own, so that a flood of failing hosts never stands in the way of mail that comes in. Holds are an operator's word and must
 * outlive the machine's next start: so, unlike the slots', the file is kept, and a power cut loses only the last failures.
 */
export async function openFailureCache(file: string): Promise<FailureCache & { close(): void }> {
  makePrivate(file);
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    await retryBusy(() => {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
      migrate(database, [schema]);
    });
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteFailureCache(new Connection(database));
}

/** A hold in force stays as it is, and is only counted on; a failure of long ago, or of before a hold that is over, begins anew. */
const noteFailure = `
  INSERT INTO peers (peer, name, reason, firstAt, lastAt, count, until, held) VALUES (?1, ?2, ?3, ?4, ?4, 1, ?5, 0)
  ON CONFLICT (peer) DO UPDATE SET
    name = CASE WHEN held AND until > ?4 THEN name ELSE excluded.name END,
    reason = CASE WHEN held AND until > ?4 THEN reason ELSE excluded.reason END,
    firstAt = CASE WHEN count = 0 OR until < ?4 - ${forgottenAfter} OR (held AND until <= ?4) THEN excluded.firstAt ELSE firstAt END,
    count = CASE WHEN until < ?4 - ${forgottenAfter} OR (held AND until <= ?4) THEN 1 ELSE count + 1 END,
    lastAt = excluded.lastAt,
    until = CASE WHEN held AND until > ?4 THEN until ELSE excluded.until END,
    held = held AND until > ?4,
    trialBy = NULL, trialUntil = NULL`;

const takeTrial = `
  UPDATE peers SET trialBy = ?1, trialUntil = ?2
  WHERE peer = ?3 AND NOT held AND until <= ?4 AND (trialUntil IS NULL OR trialUntil <= ?4)`;

const noteHold = `
  INSERT INTO peers (peer, name, reason, firstAt, lastAt, count, until, held) VALUES (?1, ?2, ?3, ?4, ?4, 0, ?5, 1)
  ON CONFLICT (peer) DO UPDATE SET name = excluded.name, reason = excluded.reason, until = excluded.until, held = 1`;

/** Room is made at each so-manieth failure of a process. */
const tidyEach = 100;

interface PeerRow extends Omit<PeerFailure, 'peer' | 'held'> {
  readonly peer: string;
  readonly held: number;
}

interface CapRow extends Omit<LearntCap, 'ip' | 'port'> {
  readonly host: string;
}

const columns = 'peer, name, reason, firstAt, lastAt, count, until, held';

class SqliteFailureCache implements FailureCache {
  readonly #sql: Connection;
  #noted = 0;

  constructor(sql: Connection) {
    this.#sql = sql;
  }

  read(peers: readonly FailingPeer[]): Promise<readonly PeerFailure[]> {
    const sql = `SELECT ${columns} FROM peers WHERE peer IN (SELECT value FROM json_each(?))`;
    return retryBusy(() => this.#sql.all<PeerRow>(sql, JSON.stringify(peers.map(peerKey))).flatMap(failureOf));
  }

  claimTrial(peer: FailingPeer, by: HolderId, now: number, until: number): Promise<boolean> {
    return retryBusy(() => this.#sql.run(takeTrial, by, until, peerKey(peer), now) === 1);
  }

  async endTrial(peer: FailingPeer, by: HolderId): Promise<void> {
    const sql = 'UPDATE peers SET trialBy = NULL, trialUntil = NULL WHERE peer = ? AND trialBy = ?';
    await retryBusy(() => this.#sql.run(sql, peerKey(peer), by));
  }

  async failed({ peer, name, reason, until }: Parameters<FailureCache['failed']>[0], now: number): Promise<void> {
    await retryBusy(() => this.#sql.run(noteFailure, peerKey(peer), name, reason, now, until));
    await this.#tidy(now);
  }

  async works(peer: FailingPeer): Promise<void> {
    await retryBusy(() => this.#sql.run('DELETE FROM peers WHERE peer = ? AND NOT held', peerKey(peer)));
  }

  async learnCap({ ip, port, connections, until, reply }: LearntCap): Promise<void> {
    const sql = 'INSERT OR REPLACE INTO caps (host, connections, until, reply) VALUES (?, ?, ?, ?)';
    await retryBusy(() => this.#sql.run(sql, hostKey(ip, port), connections, until, reply));
    await this.#tidy(undefined);
  }

  caps(hosts: readonly Pick<LearntCap, 'ip' | 'port'>[]): Promise<readonly LearntCap[]> {
    const sql = 'SELECT host, connections, until, reply FROM caps WHERE host IN (SELECT value FROM json_each(?))';
    return retryBusy(() => this.#sql.all<CapRow>(sql, JSON.stringify(hosts.map(({ ip, port }) => hostKey(ip, port)))).flatMap(capOf));
  }

  list(limit: number): ReturnType<FailureCache['list']> {
    return retryBusy(() => ({
      failures: this.#sql
        .all<PeerRow>(`SELECT ${columns} FROM peers ORDER BY held DESC, until DESC, peer LIMIT ?`, limit)
        .flatMap(failureOf),
      caps: this.#sql
        .all<CapRow>('SELECT host, connections, until, reply FROM caps ORDER BY until DESC, host LIMIT ?', limit)
        .flatMap(capOf),
    }));
  }

  clear(peer?: FailingPeer): Promise<number> {
    return retryBusy(() => {
      if (peer === undefined) return this.#sql.run('DELETE FROM peers') + this.#sql.run('DELETE FROM caps');
      const key = peerKey(peer);
      return this.#sql.run('DELETE FROM peers WHERE peer = ?', key) + this.#sql.run('DELETE FROM caps WHERE host = ?', key);
    });
  }

  /** Synced: whoever holds a peer relies on it. */
  hold(peer: FailingPeer, name: string, reason: string, now: number, until: number = untilCleared): Promise<void> {
    return retryBusy(() => {
      this.#sql.database.exec('PRAGMA synchronous = FULL');
      try {
        this.#sql.run(noteHold, peerKey(peer), name, reason, now, until);
      } finally {
        this.#sql.database.exec('PRAGMA synchronous = NORMAL');
      }
    });
  }

  close(): void {
    this.#sql.close();
  }

  async #tidy(now: number | undefined): Promise<void> {
    this.#noted += 1;
    if (this.#noted % tidyEach !== 0) return;
    if (now !== undefined) await retryBusy(() => this.#sql.run('DELETE FROM peers WHERE until < ?', now - forgottenAfter));
    const most = 'SELECT max(0, count(*) - ?) FROM';
    await retryBusy(() =>
      this.#sql.run(
        `DELETE FROM peers WHERE peer IN (
      SELECT peer FROM peers WHERE NOT held ORDER BY until LIMIT (${most} peers WHERE NOT held))`,
        mostPeers,
      ),
    );
    await retryBusy(() =>
      this.#sql.run(`DELETE FROM caps WHERE host IN (SELECT host FROM caps ORDER BY until LIMIT (${most} caps))`, mostPeers),
    );
  }
}

const hostKey = (ip: LearntCap['ip'], port: number): string => peerKey({ kind: 'host', ip, port });

function failureOf({ peer: key, held, ...facts }: PeerRow): readonly PeerFailure[] {
  const peer = parsePeerKey(key);
  return peer === undefined ? [] : [{ peer, ...facts, held: held === 1 }];
}

function capOf({ host, ...facts }: CapRow): readonly LearntCap[] {
  const peer = parsePeerKey(host);
  return peer?.kind === 'host' ? [{ ip: peer.ip, port: peer.port, ...facts }] : [];
}
