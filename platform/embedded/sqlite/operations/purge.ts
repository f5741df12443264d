import type { BodyId } from '../../../../core/values/ids.ts';
import type { Write } from '../write.ts';
import { changeRefs } from './body-rows.ts';

const slice = 500;
/** How long a delivery key is remembered: longer than any spool row lives. */
const keysKept = 40 * 86_400_000; // ms

/** Removes a slice of what deleted mailboxes left. @returns whether there is more */
export function purge(write: Write, _args: Record<string, never>): boolean {
  const { sql } = write;
  const mailbox = sql.get<{ mailbox: number }>('SELECT mailbox FROM doomed LIMIT 1')?.mailbox;
  if (mailbox === undefined) return false;
  const rows = sql.all<{ uid: number; body: number }>(
    'SELECT uid, body FROM messages WHERE mailbox = ? ORDER BY uid LIMIT ?',
    mailbox,
    slice,
  );
  for (const { uid, body } of rows) {
    changeRefs(write, body, -1);
    sql.run('DELETE FROM messages WHERE mailbox = ? AND uid = ?', mailbox, uid);
  }
  if (rows.length === slice) return true;
  const blocks = 'SELECT block FROM flag_blocks WHERE mailbox = ?1 LIMIT ?2';
  if (sql.run(`DELETE FROM flag_blocks WHERE mailbox = ?1 AND block IN (${blocks})`, mailbox, slice) === slice) return true;
  const deliveries = sql.run('DELETE FROM deliveries WHERE seq IN (SELECT seq FROM deliveries WHERE mailbox = ? LIMIT ?)', mailbox, slice);
  if (deliveries === slice) return true;
  const expunged = sql.run(
    'DELETE FROM expunged WHERE mailbox = ?1 AND modseq IN (SELECT modseq FROM expunged WHERE mailbox = ?1 LIMIT ?2)',
    mailbox,
    slice,
  );
  if (expunged < slice) sql.run('DELETE FROM doomed WHERE mailbox = ?', mailbox);
  return true;
}

/** Forgets old delivery keys, oldest first. @returns whether there is more */
export function forgetDeliveries({ sql }: Write, { now }: { readonly now: number }): boolean {
  const gone = sql.run(
    'DELETE FROM deliveries WHERE at < ?1 AND seq IN (SELECT seq FROM deliveries ORDER BY seq LIMIT ?2)',
    now - keysKept,
    slice,
  );
  return gone === slice;
}

/** @returns those of the ids that no row has: asked for files of bodies, under the write lock, so that none is being taken meanwhile */
export function unknownBodies({ sql }: Write, { ids }: { readonly ids: readonly BodyId[] }): readonly BodyId[] {
  return ids.filter((id) => sql.get('SELECT 1 FROM bodies WHERE id = ?', id) === undefined);
}
