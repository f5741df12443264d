import type { MailboxRefusal, MailboxStore } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { ChangeNames } from './name-change.ts';
import type { NamedMailbox } from './name-items.ts';

export interface RenameInboxDeps {
  readonly change: ChangeNames;
  readonly messages: Pick<MailboxStore, 'status' | 'move'>;
}

/**
 * Messages of INBOX move to a new mailbox; INBOX stays, empty, with its inferiors (RFC 9051 section 6.3.6). The name is made first, and says so
 * until all messages are there: when this process dies between, the same RENAME goes on where it was, and no message is in neither.
 */
export async function renameInbox(
  { change, messages }: RenameInboxDeps,
  account: AccountId,
  to: string,
): Promise<'renamed' | MailboxRefusal> {
  const made = await change<{ readonly inbox: NamedMailbox; readonly target: NamedMailbox }>(account, async (names) => {
    const inbox = (await names.find('INBOX'))?.mailbox;
    if (inbox === undefined) throw new Error(`account ${account} has no INBOX`);
    const there = await names.find(to);
    if (there?.mailbox !== undefined) return there.filling ? { inbox, target: there.mailbox } : 'exists';
    return { inbox, target: await names.make(to, { filling: true }) };
  });
  if (typeof made === 'string') return made;
  const { inbox, target } = made;
  const { uidNext, messages: count } = await messages.status(inbox.id);
  if (count > 0) await messages.move(inbox.id, [{ from: 1, to: uidNext - 1 }], target.id, true);
  return await change<'renamed'>(account, async (names) => {
    const node = await names.find(to);
    if (node?.mailbox?.id === target.id) names.filled(node); // another client may have renamed or deleted it meanwhile
    return 'renamed';
  });
}
