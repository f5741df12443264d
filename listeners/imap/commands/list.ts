import type { MailboxEntry } from '../../../core/mailbox/mailbox-store.ts';
import { visibleMailboxes } from '../../../core/mailbox/visible-mailboxes.ts';
import type { Handler } from '../answer.ts';
import { listPattern } from '../list-pattern.ts';
import { formatMailbox } from '../wire/format.ts';

/** LIST (RFC 3501 section 6.3.8) with CHILDREN (RFC 3348) and SPECIAL-USE (RFC 6154). Uses are told unasked: many clients look for them there. */
export const list: Handler<'LIST'> = async ({ reference, pattern, specialUseOnly = false }, state, { mailboxes, out }) => {
  if (pattern === '') {
    await out.line('* LIST (\\Noselect) "/" ""'); // asks for the separator only
    return { state, reply: 'OK LIST completed' };
  }
  const entries = await visibleMailboxes(state.account, mailboxes);
  const parents = levelsAbove(entries);
  const matches = listPattern(reference + pattern);
  for (const entry of entries) {
    const exists = entry.mailbox !== undefined || parents.has(entry.name); // else a subscription whose mailbox is gone
    if (!exists || !matches(entry.name) || (specialUseOnly && entry.mailbox?.specialUse === undefined)) continue;
    await out.line(`* LIST (${attributes(entry, parents).join(' ')}) "/" ${formatMailbox(entry.name)}`);
  }
  return { state, reply: 'OK LIST completed' };
};

const attributes = ({ name, mailbox }: MailboxEntry, parents: ReadonlySet<string>): readonly string[] => [
  ...(mailbox === undefined ? ['\\Noselect'] : []),
  parents.has(name) ? '\\HasChildren' : '\\HasNoChildren',
  ...(mailbox?.specialUse === undefined ? [] : [mailbox.specialUse]),
];

function levelsAbove(entries: readonly MailboxEntry[]): ReadonlySet<string> {
  const levels = new Set<string>();
  for (const { name, mailbox } of entries) if (mailbox !== undefined) for (const level of ancestors(name)) levels.add(level);
  return levels;
}

/** @returns the levels above a mailbox, its own name not among them */
export function ancestors(name: string): readonly string[] {
  const levels = name.split('/');
  return levels.slice(1).map((_, i) => levels.slice(0, i + 1).join('/'));
}
