import type { Handler } from '../answer.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';
import { unselected } from '../state.ts';

/** DELETE (RFC 3501 section 6.3.4). Of the selected mailbox it closes that too; other sessions that have it selected are told BYE. */
export const deleteMailbox: Handler<'DELETE'> = async ({ mailbox }, state, { mailboxes, out }) => {
  // By id: the selected mailbox may have been renamed since.
  const selected = state.at === 'selected' ? state.mailbox.id : undefined;
  const target = selected === undefined ? undefined : await mailboxes.find(state.account, mailbox);
  const deleted = await mailboxes.delete(state.account, mailbox);
  if (deleted !== 'deleted') return { state, reply: mailboxRefusal(deleted) };
  if (selected === undefined || target?.id !== selected) return { state, reply: 'OK DELETE completed' };
  await out.line('* OK [CLOSED] The selected mailbox was deleted');
  return { state: unselected(state), reply: 'OK DELETE completed' };
};
