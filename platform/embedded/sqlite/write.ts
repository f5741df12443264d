import type { Identifier } from '../../../core/accounts/acl.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import type { Connection } from './connection.ts';

/** What a commit did that others must hear of, or that must follow it. */
export interface Effects {
  readonly mailboxes: Set<number>;
  /** Whose names changed, as MailboxChanges.watchNames tells it. */
  readonly names: Set<Identifier>;
  readonly accounts: Set<AccountId>;
  readonly settings: Set<'changed'>;
  /** Body files that no row points to any more: removed after the commit. */
  readonly files: Set<BodyId>;
  /** Mailboxes were deleted whose rows are still to be purged. */
  readonly doomed: Set<number>;
}

export const noEffects = (): Effects => ({
  mailboxes: new Set(),
  names: new Set(),
  accounts: new Set(),
  settings: new Set(),
  files: new Set(),
  doomed: new Set(),
});

export function addEffects(to: Effects, from: Effects): void {
  for (const one of from.mailboxes) to.mailboxes.add(one);
  for (const one of from.names) to.names.add(one);
  for (const one of from.accounts) to.accounts.add(one);
  for (const one of from.settings) to.settings.add(one);
  for (const one of from.files) to.files.add(one);
  for (const one of from.doomed) to.doomed.add(one);
}

/** What an operation works with: the open transaction, and where it notes its effects (dropped when it fails). */
export interface Write {
  readonly sql: Connection;
  readonly effects: Effects;
}

/** Whoever lists an account's mailboxes would find something else from here on. */
export const noteNames = ({ effects }: Pick<Write, 'effects'>, owner: AccountId): void =>
  void effects.names.add(owner as string as Identifier);

/** An operation of the writer: runs inside a savepoint of its own; what it throws undoes it alone. Arguments and answers are cloned between threads. */
// biome-ignore lint/suspicious/noExplicitAny: the table of operations has one argument type per entry
export type Operation = (write: Write, args: any) => unknown;

/** @returns the counter's next value, at least `atLeast` */
export function nextCount(write: Write, name: string, atLeast = 1): number {
  const row = write.sql.get<{ value: number }>(
    'INSERT INTO counters (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value + 1, ?2) RETURNING value',
    name,
    atLeast,
  );
  if (row === undefined) throw new Error(`counter ${name} gave no value`);
  return row.value;
}
