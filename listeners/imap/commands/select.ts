import { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import { seen } from '../../../core/values/flags.ts';
import type { Uid } from '../../../core/values/uid.ts';
import type { Handler } from '../answer.ts';
import { KnownFlags } from '../known-flags.ts';
import type { Authenticated, Selected } from '../state.ts';

/** SELECT and EXAMINE (RFC 3501 sections 6.3.1, 6.3.2). One that fails leaves no mailbox selected. */
export const select: Handler<'SELECT' | 'EXAMINE'> = async ({ verb, mailbox: name, condstore }, state, { mailboxes, out }) => {
  const left: Authenticated = { at: 'authenticated', account: state.account, condstore: state.condstore };
  if (state.at === 'selected') await out.line('* OK [CLOSED] Previous mailbox is closed');
  const mailbox = await mailboxes.find(state.account, name);
  if (mailbox === undefined) return { state: left, reply: 'NO [NONEXISTENT] No such mailbox' };

  const readOnly = verb === 'EXAMINE';
  // Claimed before the snapshot: a message that comes in between is \Recent here and, at worst, once more elsewhere, but never nowhere.
  const claimed = readOnly ? undefined : await mailboxes.claimRecent(mailbox.id);
  const { rows, status } = await mailboxes.snapshot(mailbox.id);
  // Messages are claimed from the lowest UID on, so that those nobody has claimed are the last ones.
  const recentFrom = claimed ?? rows[Math.max(0, rows.length - status.recent)]?.uid ?? status.uidNext;
  const view = new SelectedMailbox({ rows, uidNext: status.uidNext, highestModseq: status.highestModseq, recentFrom: recentFrom as Uid });
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
