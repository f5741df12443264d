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
  readonly bytes?: Uint8Array;
}

export interface BodyRow {
  readonly seq: number;
  readonly size: number;
}

/** Adds `refs` references, storing the body when this is its first. @throws BodyMissing */
export function takeBody({ sql }: Write, { id, content }: BodyToTake, refs: number): BodyRow {
  const known = sql.get<BodyRow>('UPDATE bodies SET refs = refs + ? WHERE id = ? RETURNING seq, size', refs, id);
  if (known !== undefined) return known;
  if (content === undefined) throw new BodyMissing(`body ${id} is gone`);
  const { size, facts, bytes } = content;
  const inFile = bytes === undefined ? 1 : 0;
  const seq = sql.insert('INSERT INTO bodies (id, refs, in_file, size, facts) VALUES (?, ?, ?, ?, ?)', id, refs, inFile, size, facts);
  if (bytes !== undefined) sql.run('INSERT INTO body_bytes (body, bytes) VALUES (?, ?)', seq, bytes);
  return { seq, size };
}

/** Changes a known body's count; one that reaches 0 goes at once, its file after the commit. */
export function changeRefs({ sql, effects }: Write, seq: number, by: number): void {
  if (by === 0) return;
  const row = sql.get<{ refs: number; id: BodyId; in_file: number }>(
    'UPDATE bodies SET refs = refs + ? WHERE seq = ? RETURNING refs, id, in_file',
    by,
    seq,
  );
  if (row === undefined || row.refs > 0) return;
  sql.run('DELETE FROM bodies WHERE seq = ?', seq);
  if (row.in_file === 1) effects.files.add(row.id);
  else sql.run('DELETE FROM body_bytes WHERE body = ?', seq);
}
