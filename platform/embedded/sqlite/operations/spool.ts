import type { Claim } from '../../../../core/delivery/spool.ts';
import type { SpoolKey } from '../../../../core/delivery/spool-key.ts';
import type { HolderId, SpoolId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';
import { type BodyToTake, changeRefs, takeBody } from './body-rows.ts';
import { type SpoolColumns, spoolRow, spoolSelect } from './spool-rows.ts';

export interface RowToSpool {
  readonly hop: string;
  readonly reversePath: string;
  readonly recipients: string;
  readonly eightBit: number;
  readonly utf8: number;
  readonly submittedBy: string | null;
  /** JSON; see the schema. */
  readonly wishes: string | null;
}

export interface AddToSpool {
  readonly message: SpoolId;
  readonly body: BodyToTake;
  readonly rows: readonly RowToSpool[];
  readonly acceptedAt: number;
}

/** @returns the rows of a message that is here already, which nothing was added to */
export function addToSpool(write: Write, { message, body, rows, acceptedAt }: AddToSpool): readonly SpoolColumns[] {
  const known = write.sql.all<SpoolColumns>(`${spoolSelect} WHERE s.message = ? ORDER BY s.part`, message);
  if (known.length > 0) return known;
  const { seq } = takeBody(write, body, rows.length);
  rows.forEach((row, part) => {
    write.sql.run(
      `INSERT INTO spool (message, part, body, hop, reverse_path, recipients, eight_bit, utf8, submitted_by, wishes, accepted_at,
        next_attempt_at, ready_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?11, ?11)`,
      message,
      part,
      seq,
      row.hop,
      row.reversePath,
      row.recipients,
      row.eightBit,
      row.utf8,
      row.submittedBy,
      row.wishes,
      acceptedAt,
    );
  });
  return [];
}

/** `ready_at` is moved to the claim's end in the same step: while it lasts, the row is not among those that are due. */
export function claimDue(
  write: Write,
  { hop, now, claim, most }: { readonly hop: string; readonly now: number; readonly claim: Claim; readonly most: number },
): readonly SpoolColumns[] {
  const due = write.sql.all<SpoolKey>(
    'SELECT message, part FROM spool WHERE hop = ? AND held = 0 AND ready_at <= ? ORDER BY ready_at LIMIT ?',
    hop,
    now,
    most,
  );
  return due.flatMap((key) => markClaimed(write, key, claim)).sort((a, b) => a.next_attempt_at - b.next_attempt_at);
}

export function claimRow(
  write: Write,
  { key, now, claim, held }: { readonly key: SpoolKey; readonly now: number; readonly claim: Claim; readonly held: boolean },
): SpoolColumns | undefined {
  const row = spoolRow(write, key);
  if (row === undefined || (row.held === 1 && !held) || isClaimed(row, now)) return undefined;
  return markClaimed(write, key, claim)[0];
}

function markClaimed(write: Write, key: SpoolKey, { by, until }: Claim): readonly SpoolColumns[] {
  const sql = 'UPDATE spool SET claimed_by = ?1, claimed_until = ?2, ready_at = ?2 WHERE message = ?3 AND part = ?4';
  write.sql.run(sql, by, until, key.message, key.part);
  const row = spoolRow(write, key);
  return row === undefined ? [] : [row];
}

export function renewClaim({ sql }: Write, { key, claim }: { readonly key: SpoolKey; readonly claim: Claim }): boolean {
  const text = 'UPDATE spool SET claimed_until = ?1, ready_at = ?1 WHERE message = ?2 AND part = ?3 AND claimed_by = ?4';
  return sql.run(text, claim.until, key.message, key.part, claim.by) === 1;
}

export const giveBack = ({ sql }: Write, { key, by }: { readonly key: SpoolKey; readonly by: HolderId }): boolean =>
  sql.run(
    `UPDATE spool SET claimed_by = NULL, claimed_until = NULL, ready_at = next_attempt_at
      WHERE message = ? AND part = ? AND claimed_by = ?`,
    key.message,
    key.part,
    by,
  ) === 1;

/** Everything a dead holder had claimed is free at once. */
export const endClaims = ({ sql }: Write, { by }: { readonly by: HolderId }): number =>
  sql.run('UPDATE spool SET claimed_by = NULL, claimed_until = NULL, ready_at = next_attempt_at WHERE claimed_by = ?', by);

export interface FinishRow {
  readonly key: SpoolKey;
  readonly by: HolderId;
  readonly reports: readonly AddToSpool[];
}

export function finishRow(write: Write, { key, by, reports }: FinishRow): boolean {
  const row = ownRow(write, key, by);
  if (row === undefined) return false;
  for (const report of reports) addToSpool(write, report);
  removeRow(write, key);
  changeRefs(write, row.body, -1);
  return true;
}

export interface DeferRow {
  readonly key: SpoolKey;
  readonly by: HolderId;
  readonly recipients: string;
  readonly nextAttemptAt: number;
  readonly error: string;
  readonly hold: number;
  /** JSON; null: stays. */
  readonly history: string | null;
  /** 1 for an attempt, 0 when nothing was tried. */
  readonly tried: number;
  readonly reports: readonly AddToSpool[];
}

/** A hold that an operator put on the row meanwhile stays. */
export function deferRow(write: Write, { key, by, recipients, nextAttemptAt, error, hold, history, tried, reports }: DeferRow): boolean {
  const changed = write.sql.run(
    `UPDATE spool SET recipients = ?1, next_attempt_at = ?2, ready_at = ?2, last_error = ?3, held = max(held, ?4), attempts = attempts + ?5,
      history = coalesce(?6, history), claimed_by = NULL, claimed_until = NULL WHERE message = ?7 AND part = ?8 AND claimed_by = ?9`,
    recipients,
    nextAttemptAt,
    error,
    hold,
    tried,
    history,
    key.message,
    key.part,
    by,
  );
  if (changed === 1) for (const report of reports) addToSpool(write, report);
  return changed === 1;
}

export function retryRow(write: Write, { key, now }: { readonly key: SpoolKey; readonly now: number }): boolean {
  return (
    write.sql.run(
      'UPDATE spool SET held = 0, next_attempt_at = ?1, ready_at = max(?1, coalesce(claimed_until, 0)) WHERE message = ?2 AND part = ?3',
      now,
      key.message,
      key.part,
    ) === 1
  );
}

export const holdRow = ({ sql }: Write, { key, reason }: { readonly key: SpoolKey; readonly reason: string }): boolean =>
  sql.run('UPDATE spool SET held = 1, last_error = ? WHERE message = ? AND part = ?', reason, key.message, key.part) === 1;

export const releaseRow = ({ sql }: Write, { key }: { readonly key: SpoolKey }): boolean =>
  sql.run('UPDATE spool SET held = 0 WHERE message = ? AND part = ?', key.message, key.part) === 1;

export const rerouteRow = ({ sql }: Write, { key, via }: { readonly key: SpoolKey; readonly via: string | null }): boolean =>
  sql.run('UPDATE spool SET via = ? WHERE message = ? AND part = ?', via, key.message, key.part) === 1;

export function deleteRow(write: Write, { key, now }: { readonly key: SpoolKey; readonly now: number }): boolean {
  const row = write.sql.get<OwnRow & { claimed_until: number | null }>(
    'SELECT body, claimed_until FROM spool WHERE message = ? AND part = ?',
    key.message,
    key.part,
  );
  if (row === undefined || isClaimed(row, now)) return false;
  removeRow(write, key);
  changeRefs(write, row.body, -1);
  return true;
}

export interface OwnRow {
  readonly body: number;
}

/** @returns undefined when the row is gone or another has claimed it */
export const ownRow = ({ sql }: Write, key: SpoolKey, by: HolderId): OwnRow | undefined =>
  sql.get<OwnRow>('SELECT body FROM spool WHERE message = ? AND part = ? AND claimed_by = ?', key.message, key.part, by);

export const removeRow = ({ sql }: Write, key: SpoolKey): number =>
  sql.run('DELETE FROM spool WHERE message = ? AND part = ?', key.message, key.part);

const isClaimed = (row: { readonly claimed_until: number | null }, now: number): boolean =>
  row.claimed_until !== null && row.claimed_until > now;
