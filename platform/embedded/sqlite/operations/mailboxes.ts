import { aclOf } from '../../../../core/accounts/acl-text.ts';
import { parentsOf } from '../../../../core/mailbox/mailbox-name.ts';
import { type MailboxRefusal, maxMailboxes, type SpecialUse } from '../../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../../core/values/address.ts';
import { nextCount, noteNames, type Write } from '../write.ts';
import { inheritsTooMuch, noteMentions } from './rights.ts';

export interface MailboxRow {
  readonly id: number;
  readonly account: AccountId;
  readonly name: string;
  readonly special_use: SpecialUse | null;
  readonly uid_validity: number;
  readonly acl: string | null;
  readonly object_id: string;
}

export const mailboxColumns = 'id, account, name, special_use, uid_validity, acl, object_id';

interface Named {
  readonly account: AccountId;
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function createMailbox(write: Write, args: Named & { readonly specialUse?: SpecialUse | undefined }): MailboxRow | MailboxRefusal {
  const { account, name, now, specialUse } = args;
  if (idOf(write, account, name) !== undefined) return 'exists';
  if (specialUse !== undefined && holdsUse(write, account, specialUse)) return 'use-taken';
  const missing = missingAbove(write, account, name, 1);
  if (missing === 'too-many') return 'too-many';
  for (const parent of missing) insertMailbox(write, account, parent, now);
  return insertMailbox(write, account, name, now, specialUse);
}

/**
 * Levels above a name that have no mailbox.
 * @param more mailboxes that are made beside them
 * @returns `too-many` when there is no room for all, or too much would be shared with somebody: they have the rights of the one above
 */
export function missingAbove(write: Write, account: AccountId, name: string, more: 0 | 1): readonly string[] | 'too-many' {
  const above = parentsOf(name);
  const missing = above.filter((parent) => idOf(write, account, parent) === undefined);
  const made = missing.length + more;
  if (made === 0) return missing;
  if (countOf(write, account) + made > maxMailboxes) return 'too-many';
  const nearest = above.findLast((parent) => !missing.includes(parent));
  const acl = nearest === undefined ? undefined : aclOf(aclAt(write, account, nearest));
  return inheritsTooMuch(write, account, acl, made) ? 'too-many' : missing;
}

/** Its list of rights is that of the mailbox above, which is there by now. Its UIDVALIDITY is the time in seconds or, when that was given before, the next number: no mailbox ever gets one a second time. */
export function insertMailbox(write: Write, account: AccountId, name: string, now: number, specialUse?: SpecialUse): MailboxRow {
  const uidValidity = nextCount(write, 'uid-validity', Math.max(1, Math.floor(now / 1000)));
  const use = specialUse ?? null;
  const above = parentsOf(name).at(-1);
  const acl = above === undefined ? null : aclAt(write, account, above);
  const made = write.sql.get<MailboxRow>(
    `INSERT INTO mailboxes (account, name, special_use, uid_validity, acl, object_id) VALUES (?, ?, ?, ?, ?, lower(hex(randomblob(16))))
      RETURNING ${mailboxColumns}`,
    account,
    name,
    use,
    uidValidity,
    acl,
  ) as MailboxRow;
  noteMentions(write, account, made.id, aclOf(acl));
  noteNames(write, account);
  return made;
}

export function deleteMailbox(
  write: Write,
  { account, name }: { readonly account: AccountId; readonly name: string },
): 'deleted' | MailboxRefusal {
  if (name === 'INBOX') return 'is-inbox';
  const id = idOf(write, account, name);
  if (id === undefined) return inferiorsOf(write, account, name).length > 0 ? 'has-children' : 'no-such-mailbox';
  doom(write, id);
  noteNames(write, account);
  return 'deleted';
}

/** The mailbox is gone at once; its rows follow in slices, so that a large one holds up nobody (see purge). */
export function doom({ sql, effects }: Write, mailbox: number): void {
  sql.run('DELETE FROM mailboxes WHERE id = ?', mailbox);
  sql.run('DELETE FROM mentions WHERE mailbox = ?', mailbox);
  sql.run('INSERT INTO doomed (mailbox) VALUES (?)', mailbox);
  sql.run('DELETE FROM annotations WHERE mailbox = ?', mailbox);
  effects.mailboxes.add(mailbox);
  effects.doomed.add(mailbox);
}

export function subscribe(
  write: Write,
  { account, name, on }: { readonly account: AccountId; readonly name: string; readonly on: boolean },
): 'done' | MailboxRefusal {
  const { sql } = write;
  if (!on) {
    sql.run('DELETE FROM subscriptions WHERE account = ? AND name = ?', account, name);
    noteNames(write, account);
    return 'done';
  }
  const count = sql.get<{ n: number }>('SELECT count(*) AS n FROM subscriptions WHERE account = ?', account)?.n ?? 0;
  if (count >= maxMailboxes) return 'too-many';
  sql.run('INSERT OR IGNORE INTO subscriptions (account, name) VALUES (?, ?)', account, name);
  noteNames(write, account);
  return 'done';
}

const aclAt = ({ sql }: Write, account: AccountId, name: string): string | null =>
  sql.get<{ acl: string | null }>('SELECT acl FROM mailboxes WHERE account = ? AND name = ?', account, name)?.acl ?? null;

export const idOf = ({ sql }: Write, account: AccountId, name: string): number | undefined =>
  sql.get<{ id: number }>('SELECT id FROM mailboxes WHERE account = ? AND name = ?', account, name)?.id;

/** `0` is the character after the separator, so this is exactly what stands below the name. */
export const inferiorsOf = ({ sql }: Write, account: AccountId, name: string): readonly { readonly id: number; readonly name: string }[] =>
  sql.all('SELECT id, name FROM mailboxes WHERE account = ? AND name > ? AND name < ?', account, `${name}/`, `${name}0`);

const countOf = ({ sql }: Write, account: AccountId): number =>
  sql.get<{ n: number }>('SELECT count(*) AS n FROM mailboxes WHERE account = ?', account)?.n ?? 0;

const holdsUse = ({ sql }: Write, account: AccountId, use: SpecialUse): boolean =>
  sql.get('SELECT 1 FROM mailboxes WHERE account = ? AND special_use = ?', account, use) !== undefined;
