import { isAnonymous } from '../../../core/accounts/principal.ts';
import { publicLevel, usersLevel } from '../../../core/mailbox/mailbox-place.ts';
import type { Handler } from '../answer.ts';

/** NAMESPACE (RFC 2342): one's own mailboxes, those of others, public ones. Levels are separated by `/`. Who is anonymous has public ones alone. */
export const namespace: Handler<'NAMESPACE'> = async (_command, state, { out }) => {
  const [own, others] = isAnonymous(state.account) ? ['NIL', 'NIL'] : ['(("" "/"))', `(("${usersLevel}/" "/"))`];
  await out.line(`* NAMESPACE ${own} ${others} (("${publicLevel}/" "/"))`);
  return { state, reply: 'OK NAMESPACE completed' };
};
