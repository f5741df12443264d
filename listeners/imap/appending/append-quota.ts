import type { MailboxStore, NewMessage } from '../../../core/mailbox/mailbox-store.ts';
import { nothing, plus } from '../../../core/mailbox/quota.ts';
import type { Amount } from '../../../core/values/amount.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { Uid } from '../../../core/values/uid.ts';
import type { AppendLine } from '../wire/command.ts';
import { announcedBy } from './append-stream.ts';

/** What a command is known to bring before any of it comes: it is refused without being read. */
export const announcedAmount = (line: AppendLine): Amount => ({ octets: announcedBy(line)?.size ?? 0, messages: 1 });

export const amountOf = (messages: readonly NewMessage[]): Amount =>
  messages.reduce<Amount>((sum, { body, prefix }) => plus(sum, { octets: prefix.length + body.facts.size, messages: 1 }), nothing);

/** What is left of it when a message of the same account goes in the same step. */
export async function lessOld(more: Amount, from: MailboxId, old: Uid, mailboxes: Pick<MailboxStore, 'messages'>): Promise<Amount> {
  let octets = 0;
  for await (const { size } of mailboxes.messages(from, [{ from: old, to: old }])) octets = size;
  return { octets: Math.max(0, more.octets - octets), messages: more.messages - 1 };
}
