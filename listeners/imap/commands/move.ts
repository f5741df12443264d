import type { Handler } from '../answer.ts';
import { roomForCopies } from '../copy-quota.ts';
import { mayFlag } from '../may-flag.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';
import { copyUid, orGone } from './copy.ts';

/** MOVE and UID MOVE (RFC 6851): COPYUID comes untagged and before the EXPUNGEs, which are told with the other news. */
export const move: Handler<'MOVE'> = async ({ uid, set, mailbox: name }, state, ports) => {
  const { mailboxes, out } = ports;
  const { view, mailbox, readOnly } = state;
  const msns = view.resolve(set, uid);
  if (msns === undefined) return { state, reply: 'BAD There is no such message' };
  if (readOnly) return { state, reply: 'NO [READ-ONLY] The mailbox is selected read-only' };
  if (!state.rights.has('t') || !state.rights.has('e')) return { state, reply: noPermission };
  const reached = await reachMailbox(name, 'i', state, ports);
  if (reached === 'denied') return { state, reply: noPermission };
  if (reached === 'absent') return { state, reply: noTarget };
  const target = reached.mailbox;
  if (msns.length === 0) return { state, reply: 'OK There are no such messages' };

  // Within an account nothing is added to what it has.
  const copies = { from: mailbox.id, uids: view.uidsOf(msns), owner: target.account, account: state.account };
  const room = target.account === mailbox.account ? () => {} : await orGone(roomForCopies(copies, ports));
  if (room === undefined) return { state, reply: noTarget };
  if (typeof room === 'string') return { state, reply: room };

  // A message that only changes its place keeps its date and flags, whatever is set for copies.
  const moved = await orGone(mailboxes.move(mailbox.id, view.uidsOf(msns), target.id, true, mayFlag(reached.rights)));
  if (moved === undefined) return { state, reply: noTarget };
  if (moved.from.length === 0) return { state, reply: 'NO [EXPUNGEISSUED] The messages are gone' };
  await room();
  await out.line(`* OK ${copyUid(target.uidValidity, moved)} Moved`);
  return { state, reply: `OK ${uid ? 'UID ' : ''}MOVE completed` };
};
