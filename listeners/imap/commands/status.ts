import type { Mailbox, MailboxStatus } from '../../../core/mailbox/mailbox-store.ts';
import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { agreeing } from '../state.ts';
import type { StatusItem } from '../wire/command.ts';
import { formatMailbox } from '../wire/format.ts';

const values: Readonly<Record<StatusItem, (status: MailboxStatus, mailbox: Mailbox) => number | bigint>> = {
  MESSAGES: ({ messages }) => messages,
  RECENT: ({ recent }) => recent,
  UIDNEXT: ({ uidNext }) => uidNext,
  UIDVALIDITY: (_, { uidValidity }) => uidValidity,
  UNSEEN: ({ unseen }) => unseen,
  HIGHESTMODSEQ: ({ highestModseq }) => highestModseq,
};

/** STATUS (RFC 3501 section 6.3.10). Asking for HIGHESTMODSEQ shows a client that knows CONDSTORE (RFC 7162 section 3.1). */
export const status: Handler<'STATUS'> = async ({ mailbox: name, items }, state, ports) => {
  const { mailboxes, out } = ports;
  const reached = await reachMailbox(name, 'r', state, ports);
  if (reached === 'denied') return { state, reply: noPermission };
  if (reached === 'absent') return { state, reply: noMailbox };
  const { mailbox } = reached;
  const counts = await mailboxes.status(mailbox.id);
  const told = items.map((item) => `${item} ${values[item](counts, mailbox)}`);
  await out.line(`* STATUS ${formatMailbox(mailbox.name)} (${told.join(' ')})`);
  const after = items.includes('HIGHESTMODSEQ') ? agreeing(state, { condstore: true }) : state;
  return { state: after, reply: 'OK STATUS completed' };
};
