import type { SpecialUse } from '../../../core/mailbox/mailbox-store.ts';
import type { Handler } from '../answer.ts';
import { keptName, renamedLine } from '../list-line.ts';
import { mailboxRefusal, nameRefusal } from '../mailbox-refusal.ts';
import { noPermission, reachNewName, takenOrDenied } from '../reach-mailbox.ts';
import { mailboxObjectId } from '../status-line.ts';

const uses: readonly SpecialUse[] = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'];

/**
 * CREATE (RFC 3501 section 6.3.3), with the use of RFC 6154 section 3 and the id of RFC 8474 section 4.1. Under a mailbox of somebody else it
 * becomes theirs.
 */
export const create: Handler<'CREATE'> = async ({ mailbox, specialUse }, state, ports) => {
  const use = uses.find((one) => one.toLowerCase() === specialUse?.toLowerCase());
  if (specialUse !== undefined && use === undefined) return { state, reply: 'NO [USEATTR] A mailbox can not have this use here' };
  const place = await reachNewName(mailbox, state, ports);
  if (typeof place === 'string') return { state, reply: nameRefusal(place) };
  // A use is the account's own, whatever others may make there.
  if (use !== undefined && place.owner !== state.account) return { state, reply: noPermission };
  const created = await ports.mailboxes.create(place.owner, place.name, use);
  if (created === 'exists') return { state, reply: nameRefusal(await takenOrDenied(place, state, ports)) };
  if (typeof created === 'string') return { state, reply: mailboxRefusal(created) };
  for (const line of renamedLine(keptName(mailbox), mailbox, state.agreed)) await ports.out.line(line);
  return { state, reply: `OK [MAILBOXID (${mailboxObjectId(created)})] CREATE completed` };
};
