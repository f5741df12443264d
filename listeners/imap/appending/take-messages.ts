import type { Rights } from '../../../core/accounts/rights.ts';
import { MailboxGone, type NewMessage } from '../../../core/mailbox/mailbox-store.ts';
import { smtpSettings } from '../../../core/settings/listeners.ts';
import type { Answer, ImapPorts } from '../answer.ts';
import { LiteralUnfinished } from '../literals.ts';
import { flagsKept } from '../may-flag.ts';
import { noTarget } from '../reach-mailbox.ts';
import type { Responses } from '../responses.ts';
import type { Authenticated, Selected } from '../state.ts';
import { AppendRefused, type AppendStream } from './append-stream.ts';
import { receiveMessages } from './receive-messages.ts';

type Ports = ImapPorts & { readonly out: Responses };

/** All messages of one command together, if one alone may not have more. Octets */
const mostTogether = 256 * 1024 ** 2;

const roomOf = ({ settings }: Pick<Ports, 'settings'>) => {
  const ofMessage = settings.get(smtpSettings.messageSize);
  return { ofMessage, ofAll: Math.max(ofMessage, mostTogether), taken: 0 };
};

const skippedFor = (ports: Pick<Ports, 'settings'>) => {
  const { ofMessage, ofAll } = roomOf(ports);
  return { each: ofMessage, together: ofAll };
};

/** A command that brings messages is not run: those that come all the same have to be read, or the connection ended. */
export async function refuseMessages(reply: string, stream: AppendStream, state: Authenticated | Selected, ports: Ports): Promise<Answer> {
  if (await stream.skipRest(skippedFor(ports))) return { state, reply };
  await ports.out.line('* BYE Message too large');
  return { state: { at: 'logout' }, reply };
}

/** Runs a command that brings messages. When it fails it is read to its end all the same: what is left of a message would be taken for commands. */
export async function readToEnd(stream: AppendStream, ports: Ports, run: () => Promise<Answer>): Promise<Answer> {
  try {
    return await run();
  } catch (error) {
    const goesOn = !ports.connection.closed && !(error instanceof LiteralUnfinished);
    if (goesOn && !(await stream.skipRest(skippedFor(ports)))) ports.connection.destroy();
    throw error;
  }
}

/** What placing them came to: `kept` when the mailbox has the bodies now. */
export interface Placing {
  readonly kept: boolean;
  readonly answer: Answer;
}

/** What is to be found out while messages come. */
export interface Target {
  /** See rightsThen. */
  readonly rightsNow: () => Promise<Rights | string>;
  /** See Room. */
  readonly quotaHolds: (octets: number) => Promise<boolean>;
}

/** Receives all messages of a command, and then has them placed. Whatever goes wrong, none is kept. */
export async function takeMessages(
  stream: AppendStream,
  most: number,
  { rightsNow, quotaHolds }: Target,
  state: Authenticated | Selected,
  ports: Ports,
  place: (messages: readonly NewMessage[]) => Promise<Placing>,
): Promise<Answer> {
  let messages: readonly NewMessage[];
  try {
    messages = await receiveMessages(stream, most, { ...roomOf(ports), quotaHolds }, state, ports);
  } catch (error) {
    if (error instanceof AppendRefused) return refuseMessages(error.reply, stream, state, ports);
    throw error;
  }
  let kept = false;
  try {
    const rights = await rightsNow();
    if (typeof rights === 'string') return { state, reply: rights };
    const placing = await place(messages.map((message) => ({ ...message, flags: flagsKept(message.flags, rights) })));
    kept = placing.kept;
    return placing.answer;
  } catch (error) {
    if (error instanceof MailboxGone) return { state, reply: noTarget };
    throw error;
  } finally {
    if (!kept) for (const { body } of messages) await ports.bodies.discard(body);
  }
}
