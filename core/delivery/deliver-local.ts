import { publicOwner } from '../accounts/principal.ts';
import { publicMailboxOf } from '../accounts/public-maildrop.ts';
import { junkMailbox } from '../mailbox/junk-mailbox.ts';
import type { Mailbox, MailboxStore } from '../mailbox/mailbox-store.ts';
import { returnPathField } from '../message/trace.ts';
import type { AccountId } from '../values/address.ts';
import { deliveryKeyOf } from './delivery-key.ts';
import type { Outcome } from './ending.ts';
import { type SettleDeps, type Settled, settle, settleUnreached, type WriteEnding } from './settle-row.ts';
import type { LocalCopy, Spool, SpoolRow } from './spool.ts';

export interface DeliverLocalDeps extends SettleDeps {
  readonly spool: Spool;
  readonly mailboxes: MailboxStore;
}

/**
 * Puts a claimed row's message into the INBOX of each of its accounts, or into the public mailbox that one stands for, and ends the row, in one durable step with the reports. May be run
 * again after any crash, by any process: a copy carries the row's id, and the same id lands once in a mailbox. Accounts that are gone since
 * the message was accepted are reported as unknown addresses are. A row that can't be delivered follows the retry schedule, like any.
 * @throws when the store takes nothing at all; the row is then still claimed, and another attempt follows when the claim is over
 */
export async function deliverLocal(row: SpoolRow, deps: DeliverLocalDeps): Promise<Settled> {
  try {
    return await deliver(row, deps);
  } catch (error) {
    deps.log.failure('local-delivery-failed', error, { message: row.message, row: row.id });
    const reason = '4.3.0 the message could not be put into the mailbox';
    const settled = await settleUnreached(row, reason, false, { at: deps.clock.now(), result: `${reason}: ${messageOf(error)}` }, deps);
    if (settled !== 'claim-lost') deps.counts.copies(settled === 'bounced' ? 'failed' : 'deferred', row.recipients.length);
    return settled;
  }
}

async function deliver(row: SpoolRow, deps: DeliverLocalDeps): Promise<Settled> {
  const { spool, mailboxes, clock, holder, log, counts } = deps;
  const at = clock.now();
  const inboxes = await Promise.all(
    row.recipients.map(({ account }) => (account === undefined ? undefined : mailboxFor(account, row, mailboxes))),
  );
  const copies = inboxes.flatMap((inbox, i) =>
    inbox === undefined ? [] : [copyFor(inbox, row.recipients[i]?.account ?? inbox.account, row)],
  );
  const outcomes = row.recipients.map(
    (recipient, i): Outcome =>
      inboxes[i] === undefined
        ? { recipient, became: 'failed', answer: { reply: accountGone, at } }
        : { recipient, became: 'delivered', answer: { reply: '2.0.0 delivered', at } },
  );
  let landed = 0;
  const write: WriteEnding = async (rest, reports) => {
    const answers = await spool.deliver(row.id, holder, copies, rest, reports);
    if (answers === 'claim-lost') return false;
    landed = answers.filter((answer) => answer !== 'gone').length;
    // The account went while its copy was on the way: what it would have got went with its mailboxes.
    if (landed < copies.length) log.event('delivered-to-removed-account', { message: row.message, row: row.id });
    return true;
  };
  const result = copies.length === row.recipients.length ? 'delivered' : accountGone;
  const settled = await settle({ row, outcomes, attempt: { at, result } }, result, write, deps);
  if (settled === 'claim-lost') return settled;
  counts.copies('delivered', landed);
  counts.copies(settled === 'held' ? 'deferred' : 'failed', row.recipients.length - copies.length); // held: their report could not be made
  return settled;
}

const accountGone = '5.1.1 the mailbox does not exist any more';

async function mailboxFor(account: AccountId, { junk }: SpoolRow, mailboxes: MailboxStore): Promise<Mailbox | undefined> {
  const publicly = publicMailboxOf(account);
  // What looks like junk goes in too: there is no other place for it.
  if (publicly !== undefined) return await mailboxes.find(publicOwner, publicly);
  const inbox = await mailboxes.find(account, 'INBOX');
  return inbox === undefined || junk !== true ? inbox : ((await junkMailbox(account, mailboxes)) ?? inbox);
}

const copyFor = (inbox: Mailbox, account: AccountId, row: SpoolRow): LocalCopy => ({
  mailbox: inbox.id,
  prefix: returnPathField(row.reversePath) + (row.prefix ?? ''), // RFC 5321 section 4.4
  flags: [],
  internalDate: row.acceptedAt,
  deliveryKey: deliveryKeyOf(row.message, account),
});

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
