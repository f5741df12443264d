import {
  type Acl,
  type AclChange,
  changedAcl,
  emptyAcl,
  type Identifier,
  maxShared,
  maxSharers,
  mentionedIn,
  whoseRights,
  withoutMention,
} from '../../../../core/accounts/acl.ts';
import { aclOf, aclText } from '../../../../core/accounts/acl-text.ts';
import { publicOwner } from '../../../../core/accounts/principal.ts';
import type { MailboxRefusal } from '../../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../../core/values/address.ts';
import { noteNames, type Write } from '../write.ts';

interface RightsChange {
  readonly account: AccountId;
  readonly name: string;
  readonly identifier: Identifier;
  readonly change: AclChange;
}

interface AclRow {
  readonly id: number;
  readonly account: AccountId;
  readonly acl: string | null;
}

export function changeRights(write: Write, { account, name, identifier, change }: RightsChange): 'done' | MailboxRefusal {
  const row = write.sql.get<AclRow>('SELECT id, account, acl FROM mailboxes WHERE account = ? AND name = ?', account, name);
  if (row === undefined) return 'no-such-mailbox';
  const before = aclOf(row.acl) ?? emptyAcl;
  const acl = changedAcl(before, account, identifier, change);
  if (acl === 'too-many') return 'too-many';
  const fresh = mentionedIn(acl, account).difference(mentionedIn(before, account));
  if ([...fresh].some((one) => hasTooMany(write, one, account) || sharesTooMuch(write, one, account, 1))) return 'too-many';
  keepAcl(write, row, acl);
  write.effects.names.add(whoseRights(identifier));
  return 'done';
}

/** Whoever shares with them already may go on; and what an operator makes public does not depend on how many others share with everybody. */
function hasTooMany({ sql }: Write, identifier: Identifier, owner: AccountId): boolean {
  if (owner === publicOwner) return false;
  if (sql.get('SELECT 1 FROM mentions WHERE identifier = ? AND owner = ? LIMIT 1', identifier, owner) !== undefined) return false;
  const count = 'SELECT count(DISTINCT owner) AS n FROM mentions WHERE identifier = ?';
  return (sql.get<{ n: number }>(count, identifier)?.n ?? 0) >= maxSharers;
}

/** @param more mailboxes that are to be about somebody */
function sharesTooMuch({ sql }: Write, identifier: Identifier, owner: AccountId, more: number): boolean {
  if (owner === publicOwner) return false;
  const count = 'SELECT count(*) AS n FROM mentions WHERE identifier = ? AND owner = ?';
  return (sql.get<{ n: number }>(count, identifier, owner)?.n ?? 0) + more > maxShared(identifier);
}

/** @param acl of the mailbox above, which so many that are to be made take over */
export const inheritsTooMuch = (write: Write, owner: AccountId, acl: Acl | undefined, more: number): boolean =>
  [...mentionedIn(acl, owner)].some((one) => sharesTooMuch(write, one, owner, more));

function keepAcl(write: Write, { id, account }: AclRow, acl: Acl): void {
  const { sql, effects } = write;
  sql.run('UPDATE mailboxes SET acl = ? WHERE id = ?', aclText(acl) ?? null, id);
  sql.run('DELETE FROM mentions WHERE mailbox = ?', id);
  noteMentions({ sql }, account, id, acl);
  effects.mailboxes.add(id);
  noteNames(write, account);
}

export function noteMentions({ sql }: Pick<Write, 'sql'>, owner: AccountId, mailbox: number, acl: Acl | undefined): void {
  for (const one of mentionedIn(acl, owner))
    sql.run('INSERT INTO mentions (identifier, owner, mailbox) VALUES (?, ?, ?)', one, owner, mailbox);
}

/** Whoever gets the address after them is somebody else. */
export function forgetMentions(write: Write, identifier: Identifier): void {
  const rows = write.sql.all<AclRow>(
    'SELECT m.id, m.account, m.acl FROM mentions n JOIN mailboxes m ON m.id = n.mailbox WHERE n.identifier = ?',
    identifier,
  );
  for (const row of rows) keepAcl(write, row, withoutMention(aclOf(row.acl) ?? emptyAcl, identifier));
}
