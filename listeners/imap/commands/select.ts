import type { Mailbox, MailboxContents } from '../../../core/mailbox/mailbox-store.ts';
import { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import type { NumberSet } from '../../../core/values/number-set.ts';
import type { Handler, ImapPorts } from '../answer.ts';
import { KnownFlags } from '../known-flags.ts';
import { keptName, listLine } from '../list-line.ts';
import { isReadOnly, mayFlagHere } from '../may-flag.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { type Missed, missedBy, tellMissed } from '../resync.ts';
import { agreeing, type Selected, unselected } from '../state.ts';
import { mailboxObjectId } from '../status-line.ts';
import type { Resync } from '../wire/command.ts';
import { orGone } from './copy.ts';

/** SELECT and EXAMINE (RFC 3501 sections 6.3.1, 6.3.2; RFC 9051 sections 6.3.2, 6.3.3). One that fails leaves no mailbox selected; QRESYNC is that of RFC 7162 section 3.2.5. */
export const select: Handler<'SELECT' | 'EXAMINE'> = async ({ verb, mailbox: name, condstore, qresync }, state, ports) => {
  const { mailboxes, out } = ports;
  if (qresync !== undefined && !state.agreed.qresync) return { state, reply: 'BAD QRESYNC has to be enabled first' };
  const left = agreeing(unselected(state), { condstore: state.agreed.condstore || condstore });
  if (state.at === 'selected') await out.line('* OK [CLOSED] Previous mailbox is closed');
  const reached = await reachMailbox(name, 'r', state, ports);
  if (reached === 'denied') return { state: left, reply: noPermission };
  if (reached === 'absent') return { state: left, reply: noMailbox };
  const { mailbox, rights } = reached;
  const rightsAt = ports.clock.monotonic();
  const examined = verb === 'EXAMINE';
  const readOnly = examined || isReadOnly(rights);
  const opened = await orGone(open(mailbox, { readOnly, rev2: state.agreed.rev2 }, qresync, mailboxes));
  if (opened === undefined) return { state: left, reply: noMailbox };

  const { keywords, firstUnseen, status, view, missed } = opened;
  const flags = new KnownFlags();
  flags.learn(keywords);
  const selected: Selected = { ...left, at: 'selected', mailbox, rights, rightsAt, view, examined, readOnly, flags };

  const { rev2 } = state.agreed;
  const kept = keptName(name);
  const oldName = kept === name ? {} : { oldName: name };
  for (const line of [
    ...flags.lines(mayFlagHere(selected)),
    `* ${view.exists} EXISTS`,
    ...(rev2 ? [listLine(kept, usesOf(mailbox), state.agreed, oldName)] : [`* ${view.recentCount} RECENT`]),
    ...(firstUnseen !== undefined && !rev2 && !state.agreed.uidOnly ? [`* OK [UNSEEN ${view.msnOf(firstUnseen)}] First unseen`] : []),
    `* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`,
    `* OK [UIDNEXT ${status.uidNext}] Next UID`,
    `* OK [MAILBOXID (${mailboxObjectId(mailbox)})] Its id`,
    `* OK [HIGHESTMODSEQ ${status.highestModseq}] Highest`,
  ])
    await out.line(line);
  if (missed !== undefined) await tellMissed(missed, selected, out);
  return { state: selected, reply: `OK [${readOnly ? 'READ-ONLY' : 'READ-WRITE'}] ${verb} completed` };
};

const usesOf = ({ specialUse }: Mailbox): readonly string[] => (specialUse === undefined ? [] : [specialUse]);

interface Opened extends Omit<MailboxContents, 'uids'> {
  readonly view: SelectedMailbox;
  readonly missed: Missed | undefined;
}

/** @throws MailboxGone */
async function open(
  mailbox: Mailbox,
  { readOnly, rev2 }: { readonly readOnly: boolean; readonly rev2: boolean },
  known: Resync | undefined,
  mailboxes: ImapPorts['mailboxes'],
): Promise<Opened> {
  const claimed = rev2 ? [] : readOnly ? undefined : await mailboxes.claimRecent(mailbox.id);
  const { uids, ...told } = await mailboxes.contents(mailbox.id);
  const { uidNext, highestModseq } = told.status;
  const recent = claimed ?? unclaimed(uids, told.status);
  const view = new SelectedMailbox({ uids, uidNext, highestModseq, recent, acl: mailbox.acl });
  return { ...told, view, missed: known && (await missedBy(known, mailbox, view, mailboxes)) };
}

/** Messages are claimed from the lowest UID on, so that those nobody has claimed are the last ones. */
function unclaimed(uids: Uint32Array, { recent, uidNext }: MailboxContents['status']): NumberSet {
  const first = recent > 0 ? uids[Math.max(0, uids.length - recent)] : undefined;
  return first === undefined ? [] : [{ from: first, to: uidNext - 1 }];
}
