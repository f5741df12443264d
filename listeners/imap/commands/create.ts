import type { SpecialUse } from '../../../core/mailbox/mailbox-store.ts';
import type { Handler } from '../answer.ts';
import { keptName, renamedLine } from '../list-line.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';
import { mailboxObjectId } from '../status-line.ts';

const uses: readonly SpecialUse[] = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'];

/** CREATE (RFC 3501 section 6.3.3), with the use of RFC 6154 section 3 and the id of RFC 8474 section 4.1. */
export const create: Handler<'CREATE'> = async ({ mailbox, specialUse }, state, { mailboxes, out }) => {
  const use = uses.find((one) => one.toLowerCase() === specialUse?.toLowerCase());
  if (specialUse !== undefined && use === undefined) return { state, reply: 'NO [USEATTR] A mailbox can not have this use here' };
  const created = await mailboxes.create(state.account, mailbox, use);
  if (typeof created === 'string') return { state, reply: mailboxRefusal(created) };
  for (const line of renamedLine(keptName(mailbox), mailbox, state.agreed)) await out.line(line);
  return { state, reply: `OK [MAILBOXID (${mailboxObjectId(created)})] CREATE completed` };
};
