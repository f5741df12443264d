import type { Handler } from '../answer.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';

/** RENAME (RFC 3501 section 6.3.5). A session that has it selected stays where it is: the mailbox is the same. */
export const rename: Handler<'RENAME'> = async ({ from, to }, state, { mailboxes }) => {
  const renamed = await mailboxes.rename(state.account, from, to);
  return { state, reply: renamed === 'renamed' ? 'OK RENAME completed' : mailboxRefusal(renamed) };
};
