import type { Mailbox, MailboxStore } from '../mailbox/mailbox-store.ts';
import { returnPathField } from '../message/trace.ts';
import type { EventLog } from '../observe/event-log.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import type { Settled } from './settle-row.ts';
import type { Deferral, LocalCopy, Spool, SpoolRecipient, SpoolRow } from './spool.ts';

export interface DeliverLocalDeps {
  readonly spool: Spool;
  readonly mailboxes: MailboxStore;
  readonly clock: Clock;
  readonly holder: HolderId;
  readonly log: EventLog;
}

/**
 * Puts a claimed row's message into the INBOX of each of its accounts and ends the row, in one durable step. May be run again after any
 * crash, by any process: a copy carries the row's id, and the same id lands once in a mailbox.
 * @returns 'held' when accounts are gone since the message was accepted: they stay in the row, with the reason, for an operator
 * @throws when the store does; the row is then still claimed, and another attempt follows when the claim is over
 */
export async function deliverLocal(row: SpoolRow, deps: DeliverLocalDeps): Promise<Settled> {
  const { spool, mailboxes, holder, log } = deps;
  const inboxes = await Promise.all(
    row.recipients.map(({ account }) => (account === undefined ? undefined : mailboxes.find(account, 'INBOX'))),
  );
  const copies = inboxes.flatMap((inbox) => (inbox === undefined ? [] : [copyFor(inbox, row)]));
  const gone = row.recipients.filter((_, i) => inboxes[i] === undefined);
  const rest = gone.length === 0 ? undefined : heldFor(gone, deps.clock.now());

  if (copies.length === 0 && rest !== undefined) return (await spool.defer(row.id, holder, rest)) ? 'held' : 'claim-lost';
  const answers = await spool.deliver(row.id, holder, copies, rest);
  if (answers === 'claim-lost') return 'claim-lost';
  // The account went while its copy was on the way: what it would have got went with its mailboxes.
  if (answers.includes('gone')) log.event('delivered-to-removed-account', { message: row.message, row: row.id });
  return rest === undefined ? 'finished' : 'held';
}

const copyFor = (inbox: Mailbox, row: SpoolRow): LocalCopy => ({
  mailbox: inbox.id,
  prefix: returnPathField(row.reversePath), // RFC 5321 section 4.4
  flags: [],
  internalDate: row.acceptedAt,
  deliveryKey: `${row.id}/${inbox.account}`,
});

const heldFor = (gone: readonly SpoolRecipient[], now: number): Deferral => ({
  recipients: gone,
  nextAttemptAt: now,
  error: `5.1.1 the account is gone: ${gone.map(({ account, address }) => account ?? address).join(', ')}`,
  hold: true,
});
