import type { Handler } from '../answer.ts';
import { keptName, renamedLine } from '../list-line.ts';
import { mailboxRefusal, nameRefusal } from '../mailbox-refusal.ts';
import { noPermission, reachNewName, reachOldName, takenOrDenied } from '../reach-mailbox.ts';

/** RENAME (RFC 3501 section 6.3.5, RFC 9051 section 6.3.6). A session that has it selected stays where it is: the mailbox is the same. */
export const rename: Handler<'RENAME'> = async ({ from, to }, state, ports) => {
  const old = await reachOldName(from, state, ports);
  if (typeof old === 'string') return { state, reply: nameRefusal(old) };
  const place = await reachNewName(to, state, ports);
  if (typeof place === 'string') return { state, reply: nameRefusal(place) };
  if (place.owner !== old.owner) return { state, reply: 'NO [CANNOT] A mailbox stays with its owner' };
  // Of somebody else's INBOX the messages would go, to a place its owner never looks at.
  if (old.name === 'INBOX' && old.owner !== state.account) return { state, reply: noPermission };
  const renamed = await ports.mailboxes.rename(old.owner, old.name, place.name);
  if (renamed === 'exists') return { state, reply: nameRefusal(await takenOrDenied(place, state, ports)) };
  // INBOX is still there: what has its messages now is another mailbox.
  if (renamed === 'renamed' && from !== 'INBOX')
    for (const line of renamedLine(keptName(to), from, state.agreed)) await ports.out.line(line);
  return { state, reply: renamed === 'renamed' ? 'OK RENAME completed' : mailboxRefusal(renamed) };
};
