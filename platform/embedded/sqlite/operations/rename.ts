import { parseMailboxName } from '../../../../core/mailbox/mailbox-name.ts';
import type { MailboxRefusal } from '../../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../../core/values/address.ts';
import { numberSet } from '../../../../core/values/number-set.ts';
import { noteNames, type Write } from '../write.ts';
import { countersOf } from './append.ts';
import { noteGone } from './expunge.ts';
import { idOf, inferiorsOf, insertMailbox, missingAbove } from './mailboxes.ts';

interface Rename {
  readonly account: AccountId;
  readonly from: string;
  readonly to: string;
  readonly now: number;
}

/** Ids and UIDVALIDITYs stay: a renamed mailbox is the same one, and sessions that have it selected go on. */
export function renameMailbox(write: Write, args: Rename): 'renamed' | MailboxRefusal {
  const { account, from, to, now } = args;
  if (idOf(write, account, to) !== undefined) return 'exists';
  const moved = from === 'INBOX' ? [] : treeOf(write, args);
  if (from !== 'INBOX') {
    if (moved.length === 0) return 'no-such-mailbox';
    if (to.startsWith(`${from}/`) || moved.some(({ name }) => parseMailboxName(name) !== name)) return 'bad-name';
    if (moved.some(({ name }) => idOf(write, account, name) !== undefined)) return 'exists';
  }
  const missing = missingAbove(write, account, to, from === 'INBOX' ? 1 : 0);
  if (missing === 'too-many') return 'too-many';
  for (const parent of missing) insertMailbox(write, account, parent, now);
  if (from === 'INBOX') return emptyInbox(write, args);
  noteNames(write, account);
  for (const { id, name } of moved) write.sql.run('UPDATE mailboxes SET name = ? WHERE id = ?', name, id);
  return 'renamed';
}

/** @returns the mailbox and its inferiors with the names they are to have; a level without a mailbox has only inferiors */
function treeOf(write: Write, { account, from, to }: Rename): readonly { readonly id: number; readonly name: string }[] {
  const id = idOf(write, account, from);
  const old = [...(id === undefined ? [] : [{ id, name: from }]), ...inferiorsOf(write, account, from)];
  return old.map((one) => ({ id: one.id, name: to + one.name.slice(from.length) }));
}

/** Messages move with their UIDs to a mailbox with a UIDVALIDITY of its own; inferiors stay where they are (RFC 3501 section 6.3.5). */
function emptyInbox(write: Write, { account, to, now }: Rename): 'renamed' {
  const { sql, effects } = write;
  const inbox = idOf(write, account, 'INBOX');
  if (inbox === undefined) throw new Error(`account ${account} has no INBOX`);
  const { highest_modseq } = countersOf(write, inbox);
  const made = insertMailbox(write, account, to, now);
  const uids = sql.all<{ uid: number }>('SELECT uid FROM messages WHERE mailbox = ?', inbox).map(({ uid }) => uid);
  sql.run('UPDATE messages SET mailbox = ?, saved = ? WHERE mailbox = ?', made.id, now, inbox);
  sql.run('UPDATE flag_blocks SET mailbox = ? WHERE mailbox = ?', made.id, inbox);
  sql.run(
    `UPDATE mailboxes SET (uid_next, highest_modseq, messages, unseen, deleted, size, recent, recent_from) =
      (SELECT uid_next, highest_modseq, messages, unseen, deleted, size, recent, recent_from FROM mailboxes WHERE id = ?) WHERE id = ?`,
    inbox,
    made.id,
  );
  sql.run(
    'UPDATE mailboxes SET highest_modseq = ?, messages = 0, unseen = 0, deleted = 0, size = 0, recent = 0 WHERE id = ?',
    highest_modseq + 1,
    inbox,
  );
  noteGone(write, inbox, numberSet(uids), highest_modseq + 1);
  effects.mailboxes.add(inbox);
  return 'renamed';
}
