import type { DirectoryRefusal } from '../../../../core/accounts/account-directory.ts';
import type { Identifier } from '../../../../core/accounts/acl.ts';
import { firstMailboxes } from '../../../../core/mailbox/first-mailboxes.ts';
import { type AccountId, type Address, domainOf } from '../../../../core/values/address.ts';
import { nextCount, noteNames, type Write } from '../write.ts';
import { doom, insertMailbox } from './mailboxes.ts';
import { forgetMentions } from './rights.ts';

export interface AccountRow {
  readonly id: AccountId;
  readonly password_hash: string;
  readonly credential_version: number;
  readonly created_at: number;
  readonly quota_octets: number | null;
  readonly quota_messages: number | null;
}

export const accountColumns = 'id, password_hash, credential_version, created_at, quota_octets, quota_messages';

export function addAccount(
  write: Write,
  args: { readonly id: AccountId; readonly hash: string; readonly now: number },
): AccountRow | DirectoryRefusal {
  const { id, hash, now } = args;
  const { sql } = write;
  if (isAccount(write, id) || sql.get('SELECT 1 FROM aliases WHERE key = ?', id) !== undefined) return 'exists';
  // From one counter for all accounts: an account made anew never meets a version that somebody still holds of the old one.
  const version = nextCount(write, 'credential-version');
  sql.run(
    'INSERT INTO accounts (id, domain, password_hash, credential_version, created_at) VALUES (?, ?, ?, ?, ?)',
    id,
    domainOf(id),
    hash,
    version,
    now,
  );
  for (const [name, use] of firstMailboxes) {
    insertMailbox(write, id, name, now, use);
    sql.run('INSERT INTO subscriptions (account, name) VALUES (?, ?)', id, name);
  }
  return { id, password_hash: hash, credential_version: version, created_at: now, quota_octets: null, quota_messages: null };
}

export function removeAccount(write: Write, { id }: { readonly id: AccountId }): 'removed' | DirectoryRefusal {
  const { sql, effects } = write;
  if (sql.run('DELETE FROM accounts WHERE id = ?', id) === 0) return 'no-such-account';
  for (const mailbox of sql.all<{ id: number }>('SELECT id FROM mailboxes WHERE account = ?', id)) doom(write, mailbox.id);
  sql.run('DELETE FROM subscriptions WHERE account = ?', id);
  sql.run('DELETE FROM annotations WHERE owner = ?', id);
  forgetMentions(write, id as string as Identifier);
  noteNames(write, id);
  effects.accounts.add(id);
  return 'removed';
}

export function setPassword(write: Write, { id, hash }: { readonly id: AccountId; readonly hash: string }): AccountRow | DirectoryRefusal {
  if (!isAccount(write, id)) return 'no-such-account';
  write.effects.accounts.add(id);
  const row = write.sql.get<AccountRow>(
    `UPDATE accounts SET password_hash = ?, credential_version = ? WHERE id = ? RETURNING ${accountColumns}`,
    hash,
    nextCount(write, 'credential-version'),
    id,
  );
  return row ?? 'no-such-account';
}

export function setQuota(
  { sql }: Write,
  { id, octets, messages }: { readonly id: AccountId; readonly octets: number | null; readonly messages: number | null },
): 'set' | DirectoryRefusal {
  const changed = sql.run('UPDATE accounts SET quota_octets = ?, quota_messages = ? WHERE id = ?', octets, messages, id);
  return changed === 0 ? 'no-such-account' : 'set';
}

export interface AliasRow {
  readonly address: Address;
  /** JSON list of addresses. */
  readonly targets: string;
}

export function addAlias(
  write: Write,
  { address, targets }: { readonly address: Address; readonly targets: readonly Address[] },
): 'added' | DirectoryRefusal {
  const key = address.toLowerCase();
  if (isAccount(write, key)) return 'is-account';
  if (write.sql.get('SELECT 1 FROM aliases WHERE key = ?', key) !== undefined) return 'exists';
  if (leadsTo(write, targets, key)) return 'alias-loop';
  const sql = 'INSERT INTO aliases (key, domain, address, targets) VALUES (?, ?, ?, ?)';
  write.sql.run(sql, key, domainOf(address), address, JSON.stringify(targets));
  return 'added';
}

/** Follows aliases, with and without `+detail`, which an alias answers to as well. */
function leadsTo({ sql }: Write, targets: readonly Address[], key: string): boolean {
  const seen = new Set<string>();
  const open = targets.flatMap(namesOf);
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (one === key) return true;
    if (seen.has(one)) continue;
    seen.add(one);
    const row = sql.get<{ targets: string }>('SELECT targets FROM aliases WHERE key = ?', one);
    if (row !== undefined) open.push(...(JSON.parse(row.targets) as Address[]).flatMap(namesOf));
  }
  return false;
}

const namesOf = (address: Address): readonly string[] => {
  const whole = address.toLowerCase();
  return [whole, whole.replace(/^([^"+][^+]*)\+.*(@[^@]*)$/, '$1$2')];
};

export function removeAlias({ sql }: Write, { address }: { readonly address: Address }): 'removed' | DirectoryRefusal {
  return sql.run('DELETE FROM aliases WHERE key = ?', address.toLowerCase()) === 0 ? 'no-such-alias' : 'removed';
}

const isAccount = ({ sql }: Write, id: string): boolean => sql.get('SELECT 1 FROM accounts WHERE id = ?', id) !== undefined;
