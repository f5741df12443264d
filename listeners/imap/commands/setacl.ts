import { type AclChange, parseIdentifier } from '../../../core/accounts/acl.ts';
import { noRights, parseRights } from '../../../core/accounts/rights.ts';
import type { Handler } from '../answer.ts';
import { mailboxRefusal } from '../mailbox-refusal.ts';
import { noMailbox, noPermission, reachMailbox } from '../reach-mailbox.ts';

/** SETACL and DELETEACL (RFC 4314 sections 3.1, 3.2). Who gets rights need not be there: that would tell strangers who is. */
export const setAcl: Handler<'SETACL' | 'DELETEACL'> = async (command, state, ports) => {
  const change = command.verb === 'SETACL' ? changeOf(command.rights) : ({ how: 'replace', rights: noRights } as const);
  if (change === undefined) return { state, reply: `BAD ${notRights}` };
  const identifier = parseIdentifier(command.identifier);
  if (identifier === undefined) return { state, reply: `BAD ${notIdentifier}` };
  const reached = await reachMailbox(command.mailbox, 'a', state, ports);
  if (reached === 'absent') return { state, reply: noMailbox };
  if (reached === 'denied') return { state, reply: noPermission };
  const { account, name } = reached.mailbox;
  const done = await ports.mailboxes.changeRights(account, name, identifier, change);
  if (done === 'too-many') return { state, reply: 'NO [LIMIT] No more rights can be given here' };
  return { state, reply: done === 'done' ? `OK ${command.verb} completed` : mailboxRefusal(done) };
};

/** `+` adds, `-` takes away, neither replaces. */
function changeOf(text: string): AclChange | undefined {
  const how = text.startsWith('+') ? 'add' : text.startsWith('-') ? 'remove' : 'replace';
  const rights = parseRights(how === 'replace' ? text : text.slice(1));
  return rights && { how, rights };
}

export const notRights = 'Rights are some of lrswipkxteacd, in small letters';
export const notIdentifier = 'An identifier is the address of an account, anyone or anonymous, with or without a minus before it';
