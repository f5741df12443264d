import { MailboxGone } from '../../core/mailbox/mailbox-store.ts';
import { ConnectionLost } from '../net/connection.ts';
import type { Answer, ImapPorts } from './answer.ts';
import { handlerOf } from './handlers.ts';
import { LiteralUnfinished, literalTimeout, skipLiterals } from './literals.ts';
import { poll } from './poll.ts';
import { Responses } from './responses.ts';
import { SectionCut } from './section-writer.ts';
import type { ImapState, Selected } from './state.ts';
import type { Command } from './wire/command.ts';

export interface Performed {
  readonly state: ImapState;
  /** It was answered BAD. */
  readonly bad: boolean;
}

/** Runs one command: is it legal here, its handler, the news of the mailbox, the tagged line. Whatever goes wrong is answered or ends the session. */
export async function perform(command: Command, state: ImapState, ports: ImapPorts): Promise<Performed> {
  const { connection, session } = ports;
  const out = new Responses(connection);
  session.doing(inWords(command, state));
  try {
    const handle = handlerOf(command.verb, state);
    const answer = handle === undefined ? await notHere(command, state, ports) : await handle(command, state, { ...ports, out });
    if (answer.reply !== undefined) {
      if (state.at === 'selected' && answer.state.at === 'selected' && answer.state.view === state.view) {
        await poll(answer.state, mayExpunge(command), ports.mailboxes, out);
      }
      await out.line(`${command.tag} ${answer.reply}`);
    }
    await out.flush();
    session.doing(answer.state.at === 'selected' ? `in ${answer.state.mailbox.name}` : answer.state.at);
    return { state: answer.state, bad: answer.reply?.startsWith('BAD') ?? false };
  } catch (error) {
    return { state: await failed(error, command, state, out, ports), bad: false };
  }
}

function inWords(command: Command, state: ImapState): string {
  const name = 'mailbox' in command ? command.mailbox : state.at === 'selected' ? state.mailbox.name : undefined;
  return name === undefined ? command.verb : `${command.verb} ${name}`;
}

/** EXPUNGE would shift the numbers that the client is about to get (RFC 3501 section 7.4.1). By UID nothing shifts. */
const mayExpunge = (command: Command): boolean =>
  !((command.verb === 'FETCH' || command.verb === 'STORE' || command.verb === 'SEARCH') && !command.uid);

async function notHere(command: Command, state: ImapState, { connection }: ImapPorts): Promise<Answer> {
  const readable = command.verb !== 'APPEND' || (await skipLiterals(connection, command, literalTimeout));
  const why = state.at === 'not-authenticated' ? 'Log in first' : state.at === 'selected' ? 'You are logged in' : 'Not in this state';
  return { state: readable ? state : { at: 'logout' }, reply: `BAD ${why}` };
}

async function failed(error: unknown, command: Command, state: ImapState, out: Responses, ports: ImapPorts): Promise<ImapState> {
  const { connection, log, session } = ports;
  if (error instanceof ConnectionLost || connection.closed) return end(ports);
  if (error instanceof LiteralUnfinished) {
    await connection.write('* BYE Timed out in the middle of a command\r\n');
    return { at: 'logout' };
  }
  if (error instanceof MailboxGone && (state.at !== 'selected' || (await isGone(state, ports)))) {
    if (state.at !== 'selected') return answer('NO [NONEXISTENT] No such mailbox');
    await out.line('* BYE The selected mailbox was deleted');
    await answer('NO [NONEXISTENT] No such mailbox');
    return { at: 'logout' };
  }
  log.failure('imap-command-failed', error, { session: session.id, verb: command.verb, account: session.account });
  return error instanceof SectionCut ? end(ports) : answer('NO [UNAVAILABLE] Try again later');

  async function answer(reply: string): Promise<ImapState> {
    await out.line(`${command.tag} ${reply}`);
    await out.flush();
    return state;
  }
}

/** Half a literal can't be taken back, and a client that is gone needs no goodbye. */
function end({ connection }: ImapPorts): ImapState {
  connection.destroy();
  return { at: 'logout' };
}

async function isGone({ mailbox }: Selected, { mailboxes }: ImapPorts): Promise<boolean> {
  try {
    await mailboxes.status(mailbox.id);
    return false;
  } catch (error) {
    return error instanceof MailboxGone;
  }
}
