import type { Handler } from '../answer.ts';
import { mailboxRefusal, nameRefusal } from '../mailbox-refusal.ts';
import { reachOldName } from '../reach-mailbox.ts';
import { unselected } from '../state.ts';

/** DELETE (RFC 3501 section 6.3.4). Of the selected mailbox it closes that too; other sessions that have it selected are told BYE. */
export const deleteMailbox: Handler<'DELETE'> = async ({ mailbox }, state, ports) => {
  const { mailboxes, out } = ports;
  const place = await reachOldName(mailbox, state, ports);
  if (typeof place === 'string') return { state, reply: nameRefusal(place) };

  // By id: the selected mailbox may have been renamed since.
  const selected = state.at === 'selected' ? state.mailbox.id : undefined;
  const target = selected === undefined ? undefined : await mailboxes.find(place.owner, place.name);
  const deleted = await mailboxes.delete(place.owner, place.name);
  if (deleted !== 'deleted') return { state, reply: mailboxRefusal(deleted) };
  if (selected === undefined || target?.id !== selected) return { state, reply: 'OK DELETE completed' };
  await out.line('* OK [CLOSED] The selected mailbox was deleted');
  return { state: unselected(state), reply: 'OK DELETE completed' };
};
