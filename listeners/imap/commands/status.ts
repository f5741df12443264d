import type { Handler } from '../answer.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';
import { agreeing } from '../state.ts';
import { countsFor, statusLine } from '../status-line.ts';

/** STATUS (RFC 3501 section 6.3.10), with SIZE (RFC 8438). Asking for HIGHESTMODSEQ shows a client that knows CONDSTORE (RFC 7162 section 3.1). */
export const status: Handler<'STATUS'> = async ({ mailbox: name, items }, state, ports) => {
  const { mailboxes, out } = ports;
  const reached = await reachMailbox(name, 'r', state, ports);
  if (reached === 'denied') return { state, reply: noPermission };
  if (reached === 'absent') return { state, reply: noMailbox };
  const { mailbox } = reached;
  const counts = await countsFor(items, mailbox, await mailboxes.status(mailbox.id), mailboxes);
  await out.line(statusLine(reached, counts, items, { agreed: state.agreed, settings: ports.settings }));
  const after = items.includes('HIGHESTMODSEQ') ? agreeing(state, { condstore: true }) : state;
  return { state: after, reply: 'OK STATUS completed' };
};
