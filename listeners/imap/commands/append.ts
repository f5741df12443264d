import type { Mailbox } from '../../../core/mailbox/mailbox-store.ts';
import { MailboxGone } from '../../../core/mailbox/mailbox-store.ts';
import type { StagedBody } from '../../../core/mailbox/message-bodies.ts';
import { smtpSettings } from '../../../core/settings/listeners.ts';
import type { Answer, CommandOf, Handler, ImapPorts } from '../answer.ts';
import { appendedOctets } from '../appended-octets.ts';
import { LiteralUnfinished, literalOctets, literalTimeout, nextLine, skipLiterals } from '../literals.ts';
import { noPermission, noTarget, reachMailbox } from '../reach-mailbox.ts';
import type { Responses } from '../responses.ts';
import type { StateFor } from '../state.ts';
import { literalAtEnd } from '../wire/framing.ts';

type Append = CommandOf<'APPEND'>;
type Ports = ImapPorts & { readonly out: Responses };

/** APPEND (RFC 3501 section 6.3.11) with APPENDUID (RFC 4315). The message goes from the connection to where it is kept, never whole in memory. */
export const append: Handler<'APPEND'> = async (command, state, ports) => {
  const reached = await reachMailbox(command.mailbox, 'i', state, ports);
  const most = ports.settings.get(smtpSettings.messageSize);
  if (reached === 'denied') return refuse(noPermission, most, command, state, ports);
  if (reached === 'absent') return refuse(noTarget, most, command, state, ports);
  if (command.size > most) return refuse(`NO [TOOBIG] A message may have ${most} octets`, most, command, state, ports);
  if (command.size === 0) return refuse('NO [CANNOT] An empty message can not be appended', most, command, state, ports);

  if (!command.nonSync) {
    await ports.out.line('+ Ready for the message');
    await ports.out.flush();
  }
  const staged = await receive(command.size, ports);
  const fault = await readEnd(ports);
  if (fault === undefined) return take(staged, reached.mailbox, command, state, ports);
  await ports.bodies.discard(staged);
  return { state, reply: fault };
};

/** A message that comes although we said no has to be read, or the connection ended. */
async function refuse(reply: string, most: number, { size, nonSync }: Append, state: StateFor<'APPEND'>, ports: Ports): Promise<Answer> {
  if (await skipLiterals(ports.connection, { size, nonSync }, literalTimeout, most)) return { state, reply };
  await ports.out.line('* BYE Message too large');
  return { state: { at: 'logout' }, reply };
}

/** @throws LiteralUnfinished; any other error after the whole literal was read, so that the session can go on */
async function receive(size: number, { connection, bodies }: Ports): Promise<StagedBody> {
  let left = size;
  const counted = async function* (): AsyncGenerator<Buffer, void, undefined> {
    for await (const chunk of literalOctets(connection, size, literalTimeout)) {
      left -= chunk.length;
      yield chunk;
    }
  };
  try {
    return await bodies.stage(appendedOctets(counted()));
  } catch (error) {
    if (error instanceof LiteralUnfinished) throw error;
    await skipLiterals(connection, { size: left, nonSync: true }, literalTimeout, left);
    throw error;
  }
}

/** @returns what is wrong with the rest of the command: nothing may follow the message */
async function readEnd({ connection }: Ports): Promise<string | undefined> {
  const rest = await nextLine(connection, literalTimeout);
  if (rest?.length === 0) return undefined;
  const another = rest === undefined ? undefined : literalAtEnd(rest);
  await skipLiterals(connection, another, literalTimeout);
  return another === undefined ? 'BAD Expected the end of the command behind the message' : 'BAD One message at a time, please';
}

async function take(staged: StagedBody, mailbox: Mailbox, command: Append, state: StateFor<'APPEND'>, ports: Ports): Promise<Answer> {
  const message = { body: staged, prefix: '', flags: command.flags, internalDate: command.internalDate ?? ports.clock.now() };
  try {
    const [appended] = await ports.mailboxes.append(mailbox.id, [message]);
    return { state, reply: `OK [APPENDUID ${mailbox.uidValidity} ${appended?.uid}] APPEND completed` };
  } catch (error) {
    await ports.bodies.discard(staged);
    if (error instanceof MailboxGone) return { state, reply: noTarget };
    throw error;
  }
}
