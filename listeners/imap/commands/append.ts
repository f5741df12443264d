import { imapSettings } from '../../../core/settings/listeners.ts';
import { formatNumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Answer, CommandOf, Handler, ImapPorts } from '../answer.ts';
import { amountOf, announcedAmount } from '../appending/append-quota.ts';
import { AppendStream } from '../appending/append-stream.ts';
import { mostMessages } from '../appending/receive-messages.ts';
import { rightsThen } from '../appending/rights-then.ts';
import { readToEnd, refuseMessages, takeMessages } from '../appending/take-messages.ts';
import { noteQuota, refusedByQuota } from '../quota-check.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';
import type { Responses } from '../responses.ts';
import type { StateFor } from '../state.ts';

/**
 * APPEND (RFC 3501 section 6.3.11) of one message or several, all or none (RFC 3502), with APPENDUID (RFC 4315). Messages go from the connection, or
 * from messages that are here (RFC 4469), to where they are kept, never whole in memory.
 */
export const append: Handler<'APPEND'> = (command, state, ports) => {
  const stream = new AppendStream(command.line, ports);
  return readToEnd(stream, ports, () => take(stream, command, state, ports));
};

async function take(
  stream: AppendStream,
  { mailbox: name, line }: CommandOf<'APPEND'>,
  state: StateFor<'APPEND'>,
  ports: ImapPorts & { readonly out: Responses },
): Promise<Answer> {
  const reached = await reachMailbox(name, 'i', state, ports);
  if (reached === 'denied') return refuseMessages(noPermission, stream, state, ports);
  if (reached === 'absent') return refuseMessages(noTarget, stream, state, ports);
  const { mailbox } = reached;
  const rightsNow = rightsThen(name, reached, state, ports);
  const quotaHolds = async (octets: number) => (await refusedByQuota(mailbox.account, { octets, messages: 1 }, ports)) === undefined;
  const unread = await refusedByQuota(mailbox.account, announcedAmount(line), ports);
  if (unread !== undefined) return refuseMessages(unread, stream, state, ports);

  const limit = ports.settings.get(imapSettings.messageLimit);
  const most = limit === 0 ? mostMessages : Math.min(limit, mostMessages);
  return await takeMessages(stream, most, { rightsNow, quotaHolds }, state, ports, async (messages) => {
    const more = amountOf(messages);
    const over = await refusedByQuota(mailbox.account, more, ports);
    if (over !== undefined) return { kept: false, answer: { state, reply: over } };
    const appended = await ports.mailboxes.append(mailbox.id, messages);
    const uids = formatNumberSet(numberSet(appended.map(({ uid }) => uid)));
    await noteQuota(mailbox.account, more, state.account, ports);
    return { kept: true, answer: { state, reply: `OK [APPENDUID ${mailbox.uidValidity} ${uids}] APPEND completed` } };
  });
}
