import { isPerson } from '../../../core/accounts/principal.ts';
import type { Handler } from '../answer.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';
import { noPermission } from '../reach-mailbox.ts';

/** SUBSCRIBE and UNSUBSCRIBE (RFC 3501 sections 6.3.6, 6.3.7). */
export const subscribe: Handler<'SUBSCRIBE' | 'UNSUBSCRIBE'> = async ({ verb, mailbox }, state, { mailboxes }) => {
  if (!isPerson(state.account)) return { state, reply: noPermission };
  const done = await mailboxes.subscribe(state.account, mailbox, verb === 'SUBSCRIBE');
  return { state, reply: done === 'done' ? `OK ${verb} completed` : mailboxRefusal(done) };
};
