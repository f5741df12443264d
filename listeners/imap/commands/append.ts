import { formatNumberSet, numberSet } from '../../../core/values/number-set.ts';
import type { Handler } from '../answer.ts';
import { AppendStream } from '../appending/append-stream.ts';
import { mostMessages } from '../appending/receive-messages.ts';
import { refuseMessages, takeMessages } from '../appending/take-messages.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';

/**
 * APPEND (RFC 3501 section 6.3.11) of one message or several, all or none (RFC 3502), with APPENDUID (RFC 4315). Messages go from the connection, or
 * from messages that are here (RFC 4469), to where they are kept, never whole in memory.
 */
export const append: Handler<'APPEND'> = async ({ mailbox: name, line }, state, ports) => {
  const stream = new AppendStream(line, ports);
  const reached = await reachMailbox(name, 'i', state, ports);
  if (reached === 'denied') return refuseMessages(noPermission, stream, state, ports);
  if (reached === 'absent') return refuseMessages(noTarget, stream, state, ports);
  const { mailbox, rights } = reached;

  return await takeMessages(stream, mostMessages, rights, state, ports, async (messages) => {
    const appended = await ports.mailboxes.append(mailbox.id, messages);
    const uids = formatNumberSet(numberSet(appended.map(({ uid }) => uid)));
    return { kept: true, answer: { state, reply: `OK [APPENDUID ${mailbox.uidValidity} ${uids}] APPEND completed` } };
  });
};
