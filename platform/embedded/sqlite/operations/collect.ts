import type { SourceName } from '../../../../core/collect/source.ts';
import type { Claim } from '../../../../core/delivery/spool.ts';
import type { AccountId } from '../../../../core/values/address.ts';
import type { HolderId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';

export interface SourceColumns {
  readonly id: number;
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly tls: string;
  readonly user: string;
  readonly secret: string;
  readonly keep: number | null;
  readonly account: AccountId;
  readonly enabled: number;
  readonly next_run_at: number;
  readonly failures: number;
  readonly login_delay: number;
  readonly collected: number;
  /** JSON of RunReport. */
  readonly last_run: string | null;
  readonly last_success_at: number | null;
  readonly claimed_by: HolderId | null;
  readonly claimed_until: number | null;
}

export const sourceSelect = `SELECT id, name, host, port, tls, user, secret, keep, account, enabled, next_run_at, failures, login_delay,
  collected, last_run, last_success_at, claimed_by, claimed_until FROM collect_sources`;

const sourceRow = ({ sql }: Write, id: number): SourceColumns | undefined => sql.get<SourceColumns>(`${sourceSelect} WHERE id = ?`, id);

export interface AddSource extends Pick<SourceColumns, 'name' | 'host' | 'port' | 'tls' | 'user' | 'secret' | 'keep' | 'account'> {
  readonly now: number;
  /** Sources there may be. */
  readonly most: number;
}

export function addSource(write: Write, { now, most, ...facts }: AddSource): SourceColumns | 'name-taken' | 'too-many' | 'no-such-account' {
  const { sql } = write;
  if (sql.get('SELECT 1 FROM accounts WHERE id = ?', facts.account) === undefined) return 'no-such-account';
  if (sql.get('SELECT 1 FROM collect_sources WHERE name = ?', facts.name) !== undefined) return 'name-taken';
  const count = sql.get<{ n: number }>('SELECT count(*) AS n FROM collect_sources')?.n ?? 0;
  if (count >= most) return 'too-many';
  const { name, host, port, tls, user, secret, keep, account } = facts;
  const id = sql.insert(
    `INSERT INTO collect_sources (name, host, port, tls, user, secret, keep, account, next_run_at, ready_at)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9)`,
    name,
    host,
    port,
    tls,
    user,
    secret,
    keep,
    account,
    now,
  );
  return sourceRow(write, id) as SourceColumns;
}

export function removeSource({ sql }: Write, { name }: { readonly name: SourceName }): boolean {
  const row = sql.get<{ id: number }>('SELECT id FROM collect_sources WHERE name = ?', name);
  if (row === undefined) return false;
  sql.run('DELETE FROM collect_memory WHERE source = ?', row.id);
  sql.run('DELETE FROM collect_sources WHERE id = ?', row.id);
  return true;
}

export const runSourceNow = ({ sql }: Write, { name, now }: { readonly name: SourceName; readonly now: number }): boolean =>
  sql.run('UPDATE collect_sources SET next_run_at = ?1, ready_at = max(?1, coalesce(claimed_until, 0)) WHERE name = ?2', now, name) === 1;

export const holdSource = ({ sql }: Write, { name }: { readonly name: SourceName }): boolean =>
  sql.run('UPDATE collect_sources SET enabled = 0 WHERE name = ?', name) === 1;

export function releaseSource(write: Write, args: { readonly name: SourceName; readonly now: number }): boolean {
  write.sql.run('UPDATE collect_sources SET enabled = 1, failures = 0 WHERE name = ?', args.name);
  return runSourceNow(write, args);
}

export interface ClaimDueSource {
  readonly now: number;
  readonly claim: Claim;
  /** Hosts that are left out, as JSON. */
  readonly without: string;
}

export function claimDueSource(write: Write, { now, claim, without }: ClaimDueSource): SourceColumns | undefined {
  const due = write.sql.get<{ id: number }>(
    `SELECT id FROM collect_sources WHERE enabled = 1 AND ready_at <= ? AND host NOT IN (SELECT value FROM json_each(?))
      ORDER BY ready_at, id LIMIT 1`,
    now,
    without,
  );
  if (due === undefined) return undefined;
  const { by, until } = claim;
  write.sql.run('UPDATE collect_sources SET claimed_by = ?1, claimed_until = ?2, ready_at = ?2 WHERE id = ?3', by, until, due.id);
  return sourceRow(write, due.id);
}

export const renewSourceClaim = ({ sql }: Write, { id, claim }: { readonly id: number; readonly claim: Claim }): boolean =>
  sql.run('UPDATE collect_sources SET claimed_until = ?1, ready_at = ?1 WHERE id = ?2 AND claimed_by = ?3', claim.until, id, claim.by) ===
  1;

export interface OfClaimed {
  readonly id: number;
  readonly by: HolderId;
}

const unclaimed = 'claimed_by = NULL, claimed_until = NULL, ready_at = next_run_at';

export const letSourceGo = ({ sql }: Write, { id, by }: OfClaimed): boolean =>
  sql.run(`UPDATE collect_sources SET ${unclaimed} WHERE id = ? AND claimed_by = ?`, id, by) === 1;

/** Everything a dead holder had claimed is free at once. */
export const endSourceClaims = ({ sql }: Write, { by }: { readonly by: HolderId }): number =>
  sql.run(`UPDATE collect_sources SET ${unclaimed} WHERE claimed_by = ?`, by);

export interface SettleSource extends OfClaimed {
  readonly nextRunAt: number;
  readonly failures: number;
  readonly loginDelay: number;
  readonly collected: number;
  readonly lastRun: string;
  /** null: it was none. */
  readonly successAt: number | null;
}

export const settleSource = ({ sql }: Write, settled: SettleSource): boolean =>
  sql.run(
    `UPDATE collect_sources SET claimed_by = NULL, claimed_until = NULL, next_run_at = ?1, ready_at = ?1, failures = ?2, login_delay = ?3,
      collected = collected + ?4, last_run = ?5, last_success_at = coalesce(?6, last_success_at) WHERE id = ?7 AND claimed_by = ?8`,
    settled.nextRunAt,
    settled.failures,
    settled.loginDelay,
    settled.collected,
    settled.lastRun,
    settled.successAt,
    settled.id,
    settled.by,
  ) === 1;

export interface MemoryColumns {
  readonly uidl: string;
  readonly message: string | null;
  readonly collected_at: number | null;
  readonly octets: number | null;
}

export interface RememberOfSource extends OfClaimed {
  readonly set: readonly MemoryColumns[];
  readonly forget: readonly string[];
}

export function rememberOfSource({ sql }: Write, { id, by, set, forget }: RememberOfSource): boolean {
  if (sql.get('SELECT 1 FROM collect_sources WHERE id = ? AND claimed_by = ?', id, by) === undefined) return false;
  for (const { uidl, message, collected_at, octets } of set) {
    const text = 'INSERT OR REPLACE INTO collect_memory (source, uidl, message, collected_at, octets) VALUES (?, ?, ?, ?, ?)';
    sql.run(text, id, uidl, message, collected_at, octets);
  }
  for (const uidl of forget) sql.run('DELETE FROM collect_memory WHERE source = ? AND uidl = ?', id, uidl);
  return true;
}
