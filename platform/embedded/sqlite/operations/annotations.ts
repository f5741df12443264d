import type { Identifier } from '../../../../core/accounts/acl.ts';
import { type Annotation, type AnnotationRefusal, annotated, maxElsewhere } from '../../../../core/mailbox/annotations.ts';
import type { Connection } from '../connection.ts';
import type { Write } from '../write.ts';

/** Where annotations of a set stand. */
export interface SetColumns {
  /** 0: the server. */
  readonly mailbox: number;
  /** Empty: shared. */
  readonly owner: string;
}

export interface SetChanges extends SetColumns {
  readonly changes: readonly { readonly name: string; readonly value: string | undefined }[];
}

export function annotationsOf(sql: Connection, { mailbox, owner }: SetColumns): readonly Annotation[] {
  return sql
    .all<{ name: string; value: Uint8Array }>(
      'SELECT name, value FROM annotations WHERE mailbox = ? AND owner = ? ORDER BY name',
      mailbox,
      owner,
    )
    .map(({ name, value }) => ({ name, value: Buffer.from(value).toString('latin1') }));
}

/** All are looked at before the first is written: what is refused has changed nothing. */
export function writeAnnotations(
  { sql, effects }: Write,
  { sets }: { readonly sets: readonly SetChanges[] },
): 'written' | AnnotationRefusal {
  for (const set of sets) {
    if (!isThere(sql, set)) return 'no-such-mailbox';
    const before = annotationsOf(sql, set);
    const after = annotated(before, set.changes);
    if (after === 'too-many') return 'too-many';
    if (before.length === 0 && after.length > 0 && hasTooManyElsewhere(sql, set)) return 'too-many';
  }
  for (const { mailbox, owner, changes } of sets) {
    if (mailbox === 0) effects.names.add(owner as Identifier);
    else effects.mailboxes.add(mailbox);
    for (const { name, value } of changes) {
      if (value === undefined) sql.run('DELETE FROM annotations WHERE mailbox = ? AND owner = ? AND name = ?', mailbox, owner, name);
      else
        sql.run(
          'INSERT OR REPLACE INTO annotations (mailbox, owner, name, value) VALUES (?, ?, ?, ?)',
          mailbox,
          owner,
          name,
          Buffer.from(value, 'latin1'),
        );
    }
  }
  return 'written';
}

/** Mailbox and account: either may have gone meanwhile. */
const isThere = (sql: Connection, { mailbox, owner }: SetColumns): boolean =>
  (mailbox === 0 || sql.get('SELECT 1 FROM mailboxes WHERE id = ?', mailbox) !== undefined) &&
  (owner === '' || sql.get('SELECT 1 FROM accounts WHERE id = ?', owner) !== undefined);

/** @returns whether a set that is new is one too many of those that an account has in mailboxes of others */
function hasTooManyElsewhere(sql: Connection, { mailbox, owner }: SetColumns): boolean {
  if (owner === '' || sql.get('SELECT 1 FROM mailboxes WHERE id = ? AND account <> ?', mailbox, owner) === undefined) return false;
  const count = `SELECT count(*) AS n FROM (SELECT DISTINCT mailbox FROM annotations WHERE owner = ?1) a
    JOIN mailboxes m ON m.id = a.mailbox WHERE m.account <> ?1`;
  return (sql.get<{ n: number }>(count, owner)?.n ?? 0) >= maxElsewhere;
}
