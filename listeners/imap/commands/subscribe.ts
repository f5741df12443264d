import type { Handler } from '../answer.ts';

/** SUBSCRIBE and UNSUBSCRIBE (RFC 3501 sections 6.3.6, 6.3.7). */
export const subscribe: Handler<'SUBSCRIBE' | 'UNSUBSCRIBE'> = async ({ verb, mailbox }, state, { mailboxes }) => {
  await mailboxes.subscribe(state.account, mailbox, verb === 'SUBSCRIBE');
  return { state, reply: `OK ${verb} completed` };
};
