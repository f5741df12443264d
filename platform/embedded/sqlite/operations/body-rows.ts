import { BodyMissing } from '../../../../core/mailbox/message-bodies.ts';
import type { BodyId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';

/** A body on its way into a row: `content` only when this process staged it and nobody has taken it yet. */
export interface BodyToTake {
  readonly id: BodyId;
  readonly content?: BodyContent;
}

/** Bytes of a small body; a large one stands in its file already. */
export interface BodyContent {
  readonly size: number;
  /** JSON of MessageFacts. */
  readonly facts: string;
  /** See envelopeText; undefined when it is too much. */
  readonly envelope: string | undefined;
  readonly bytes?: Uint8Array;
}

export interface BodyRow {
  readonly seq: number;
  readonly size: number;
}

/** Adds `refs` references, storing the body when this is its first. @throws BodyMissing */
export function takeBody({ sql }: Write, { id, content }: BodyToTake, refs: number): BodyRow {
  if (content === undefined) {
    const known = sql.get<BodyRow>('UPDATE bodies SET refs = refs + ? WHERE id = ? RETURNING seq, size', refs, id);
    if (known === undefined) throw new BodyMissing(`body ${id} is gone`);
    return known;
  }
  const { size, facts, envelope = null, bytes } = content;
  const inFile = bytes === undefined ? 1 : 0;
  const row = sql.get<BodyRow>(
    `INSERT INTO bodies (id, refs, in_file, size, facts, envelope) VALUES (?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET refs = refs + excluded.refs RETURNING seq, size`,
    id,
    refs,
    inFile,
    size,
    facts,
    envelope,
  ) as BodyRow;
  if (bytes !== undefined) sql.run('INSERT OR IGNORE INTO body_bytes (body, bytes) VALUES (?, ?)', row.seq, bytes);
  return row;
}

/**
 * Changes a known body's count; one that reaches 0 goes at once, its file after the commit. Two statements, because one with RETURNING
 * opens a savepoint of its own, which costs more the more the job has written: a COPY of 100,000 took 14 s instead of 2.
 */
export function changeRefs({ sql, effects }: Write, seq: number, by: number): void {
  if (by === 0) return;
  sql.run('UPDATE bodies SET refs = refs + ? WHERE seq = ?', by, seq);
  if (by > 0) return;
  const row = sql.get<{ id: BodyId; in_file: number }>('SELECT id, in_file FROM bodies WHERE seq = ? AND refs <= 0', seq);
  if (row === undefined) return;
  sql.run('DELETE FROM bodies WHERE seq = ?', seq);
  if (row.in_file === 1) effects.files.add(row.id);
  else sql.run('DELETE FROM body_bytes WHERE body = ?', seq);
}
