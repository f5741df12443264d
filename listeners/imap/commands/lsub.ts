import { parentsOf } from '../../../core/mailbox/mailbox-name.ts';
import { visibleMailboxes } from '../../../core/mailbox/visible-mailboxes.ts';
import type { Handler } from '../answer.ts';
import { listPattern, mayNameOthers } from '../list-pattern.ts';
import { namesAreUtf8 } from '../wire/agreed.ts';
import { formatMailbox } from '../wire/format.ts';

/**
 * LSUB (RFC 3501 section 6.3.9). A level that `%` stops at is told as \Noselect when only something below it is subscribed, so that the
 * client can go down to it.
 */
export const lsub: Handler<'LSUB'> = async ({ reference, pattern }, state, { mailboxes, out }) => {
  if (pattern === '') {
    await out.line('* LSUB (\\Noselect) "/" ""');
    return { state, reply: 'OK LSUB completed' };
  }
  const subscribed = (await visibleMailboxes(state.account, mailboxes, { others: mayNameOthers([reference + pattern]) })).filter(
    (entry) => entry.subscribed,
  );
  const matches = listPattern(reference + pattern);
  const told = new Map<string, boolean>(); // name → it can be selected
  for (const { name, mailbox } of subscribed) {
    if (matches(name)) told.set(name, mailbox !== undefined);
    else for (const level of parentsOf(name)) if (matches(level) && !told.has(level)) told.set(level, false);
  }
  for (const [name, selectable] of told)
    await out.line(`* LSUB (${selectable ? '' : '\\Noselect'}) "/" ${formatMailbox(name, namesAreUtf8(state.agreed))}`);
  return { state, reply: 'OK LSUB completed' };
};
