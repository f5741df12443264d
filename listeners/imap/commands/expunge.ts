import type { NumberSet } from '../../../core/values/number-set.ts';
import { maxUid } from '../../../core/values/uid.ts';
import type { Handler } from '../answer.ts';
import { noPermission } from '../reach-mailbox.ts';

/** Every message of a mailbox, those this client has not heard of too. */
export const everyUid: NumberSet = [{ from: 1, to: maxUid }];

/** EXPUNGE (RFC 3501 section 6.4.3) and UID EXPUNGE (RFC 4315 section 2.1). The responses come with what else happened, after it. */
export const expunge: Handler<'EXPUNGE'> = async ({ uids }, state, { mailboxes }) => {
  if (state.readOnly) return { state, reply: 'NO [READ-ONLY] The mailbox is selected read-only' };
  if (!state.rights.has('e')) return { state, reply: noPermission };
  const { view, mailbox } = state;
  const which = uids === undefined ? everyUid : view.uidsOf(view.resolve(uids, true) ?? []);
  const { expunged } = which.length > 0 ? await mailboxes.expunge(mailbox.id, which) : { expunged: [] };
  return { state, reply: 'OK EXPUNGE completed', withModseq: state.agreed.qresync && expunged.length > 0 };
};
