import { type Copied, MailboxGone } from '../../../core/mailbox/mailbox-store.ts';
import { imapSettings } from '../../../core/settings/listeners.ts';
import { formatNumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Handler } from '../answer.ts';
import { roomForCopies } from '../copy-quota.ts';
import { mayFlag } from '../may-flag.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';

/** COPY and UID COPY (RFC 3501 section 6.4.7), with COPYUID (RFC 4315). */
export const copy: Handler<'COPY'> = async ({ uid, set, mailbox: name }, state, ports) => {
  const { mailboxes, settings } = ports;
  const { view, mailbox } = state;
  const msns = view.resolve(set, uid);
  if (msns === undefined) return { state, reply: 'BAD There is no such message' };
  const reached = await reachMailbox(name, 'i', state, ports);
  if (reached === 'denied') return { state, reply: noPermission };
  if (reached === 'absent') return { state, reply: noTarget };
  const target = reached.mailbox;
  if (msns.length === 0) return { state, reply: 'OK There are no such messages' };

  const copies = { from: mailbox.id, uids: view.uidsOf(msns), owner: target.account, account: state.account };
  const room = await orGone(roomForCopies(copies, ports));
  if (room === undefined) return { state, reply: noTarget };
  if (typeof room === 'string') return { state, reply: room };

  const keep = settings.get(imapSettings.copyKeepsMetadata);
  const copied = await orGone(mailboxes.copy(mailbox.id, copies.uids, target.id, keep, mayFlag(reached.rights)));
  if (copied === undefined) return { state, reply: noTarget };
  if (copied.from.length === 0) return { state, reply: 'NO [EXPUNGEISSUED] The messages are gone' };
  await room();
  return { state, reply: `OK ${copyUid(target.uidValidity, copied)} COPY completed` };
};

/** Both sets ascend together, so that ranges on either side stand for the same messages. */
export const copyUid = (uidValidity: number, { from, to }: Copied): string =>
  `[COPYUID ${uidValidity} ${formatNumberSet(numberSet(from))} ${formatNumberSet(numberSet(to))}]`;

/** @returns undefined when one of the two mailboxes was deleted meanwhile; if it was the selected one, the next look at it says so */
export const orGone = <T>(answer: Promise<T>): Promise<T | undefined> =>
  answer.catch((error: unknown) => {
    if (error instanceof MailboxGone) return undefined;
    throw error;
  });
