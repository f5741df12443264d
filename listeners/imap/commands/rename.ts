import type { Handler } from '../answer.ts';
import { keptName, renamedLine } from '../list-line.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';

/** RENAME (RFC 3501 section 6.3.5, RFC 9051 section 6.3.6). A session that has it selected stays where it is: the mailbox is the same. */
export const rename: Handler<'RENAME'> = async ({ from, to }, state, { mailboxes, out }) => {
  const renamed = await mailboxes.rename(state.account, from, to);
  // INBOX is still there: what has its messages now is another mailbox.
  if (renamed === 'renamed' && from !== 'INBOX') for (const line of renamedLine(keptName(to), from, state.agreed)) await out.line(line);
  return { state, reply: renamed === 'renamed' ? 'OK RENAME completed' : mailboxRefusal(renamed) };
};
