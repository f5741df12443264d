import type { SpoolKey } from '../../../../core/delivery/spool-key.ts';
import type { HolderId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';

/** A row as it stands, joined with what it says of its body. */
export interface SpoolColumns extends SpoolKey {
  readonly body_id: string;
  readonly facts: string;
  readonly hop: string;
  readonly reverse_path: string;
  readonly recipients: string;
  readonly eight_bit: number;
  readonly utf8: number;
  readonly submitted_by: string | null;
  readonly accepted_at: number;
  readonly next_attempt_at: number;
  readonly attempts: number;
  readonly last_error: string | null;
  readonly wishes: string | null;
  readonly history: string | null;
  readonly via: string | null;
  readonly held: number;
  readonly claimed_by: HolderId | null;
  readonly claimed_until: number | null;
}

export const spoolSelect = `SELECT s.message, s.part, b.id AS body_id, b.facts, s.hop, s.reverse_path, s.recipients, s.eight_bit, s.utf8,
  s.submitted_by, s.accepted_at, s.next_attempt_at, s.attempts, s.last_error, s.wishes, s.history, s.via, s.held, s.claimed_by, s.claimed_until
  FROM spool s JOIN bodies b ON b.seq = s.body`;

export const spoolRow = ({ sql }: Pick<Write, 'sql'>, { message, part }: SpoolKey): SpoolColumns | undefined =>
  sql.get<SpoolColumns>(`${spoolSelect} WHERE s.message = ? AND s.part = ?`, message, part);
