import type { FlagRow, Mailbox, MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import { seen } from '../../../core/values/flags.ts';
import type { NumberSet } from '../../../core/values/number-set.ts';
import type { Handler, ImapPorts } from '../answer.ts';
import { KnownFlags } from '../known-flags.ts';
import type { Authenticated, Selected } from '../state.ts';
import { orGone } from './copy.ts';

/** SELECT and EXAMINE (RFC 3501 sections 6.3.1, 6.3.2). One that fails leaves no mailbox selected. */
export const select: Handler<'SELECT' | 'EXAMINE'> = async ({ verb, mailbox: name, condstore }, state, { mailboxes, out }) => {
  const left: Authenticated = { at: 'authenticated', account: state.account, condstore: state.condstore };
  if (state.at === 'selected') await out.line('* OK [CLOSED] Previous mailbox is closed');
  const mailbox = await mailboxes.find(state.account, name);
  const readOnly = verb === 'EXAMINE';
  const opened = mailbox && (await orGone(open(mailbox, readOnly, mailboxes)));
  if (mailbox === undefined || opened === undefined) return { state: left, reply: 'NO [NONEXISTENT] No such mailbox' };

  const { rows, status, recent } = opened;
  const view = new SelectedMailbox({ rows, uidNext: status.uidNext, highestModseq: status.highestModseq, recent });
  const flags = new KnownFlags();
  for (const row of rows) flags.learn(row.flags);
  const selected: Selected = {
    at: 'selected',
    account: state.account,
    condstore: state.condstore || condstore,
    mailbox,
    view,
    readOnly,
    flags,
  };

  const firstUnseen = rows.findIndex((row) => !row.flags.includes(seen));
  for (const line of [
    ...flags.lines(readOnly),
    `* ${view.exists} EXISTS`,
    `* ${view.recentCount} RECENT`,
    ...(firstUnseen >= 0 ? [`* OK [UNSEEN ${firstUnseen + 1}] First unseen`] : []),
    `* OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`,
    `* OK [UIDNEXT ${status.uidNext}] Next UID`,
    `* OK [HIGHESTMODSEQ ${status.highestModseq}] Highest`,
  ])
    await out.line(line);
  return { state: selected, reply: readOnly ? 'OK [READ-ONLY] EXAMINE completed' : 'OK [READ-WRITE] SELECT completed' };
};

interface Opened {
  readonly rows: readonly FlagRow[];
  readonly status: MailboxStatus;
  readonly recent: NumberSet;
}

/** @throws MailboxGone */
async function open({ id }: Mailbox, readOnly: boolean, mailboxes: ImapPorts['mailboxes']): Promise<Opened> {
  const claimed = readOnly ? undefined : await mailboxes.claimRecent(id);
  const { rows, status } = await mailboxes.snapshot(id);
  return { rows, status, recent: claimed ?? unclaimed(rows, status) };
}

/** Messages are claimed from the lowest UID on, so that those nobody has claimed are the last ones. */
function unclaimed(rows: readonly FlagRow[], { recent, uidNext }: MailboxStatus): NumberSet {
  const first = recent > 0 ? rows[Math.max(0, rows.length - recent)] : undefined;
  return first === undefined ? [] : [{ from: first.uid, to: uidNext - 1 }];
}
