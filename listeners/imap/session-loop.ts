import { imapSettings } from '../../core/settings/listeners.ts';
import { loginSettings } from '../../core/settings/login.ts';
import type { Ending, Session } from '../net/session.ts';
import type { ImapPorts } from './answer.ts';
import { type ReadingLimits, type Received, readCommand } from './command-reader.ts';
import { greeting } from './greeting.ts';
import { restInWords } from './in-words.ts';
import { cutOff, LiteralUnfinished } from './literals.ts';
import { tellBetweenCommands } from './notify/between-commands.ts';
import { Notices } from './notify/notices.ts';
import { type Performed, perform } from './perform.ts';
import { agreedIn, type ImapState } from './state.ts';
import { commandLimits } from './wire/framing.ts';

/** Bad commands in a row after which nobody can be meaning well: garbage, or another protocol. */
const mostBad = 20;

/** One session from greeting to goodbye. */
export async function runSession(sessionPorts: Omit<ImapPorts, 'notices'>): Promise<void> {
  const notices = new Notices(sessionPorts);
  try {
    await untilOver({ ...sessionPorts, notices });
  } finally {
    notices.clear();
  }
}

async function untilOver(ports: ImapPorts): Promise<void> {
  const { connection, session, notices } = ports;
  session.onEnding(() => connection.interrupt());
  session.restsWhile(() => !connection.hasBuffered);
  await connection.write(greeting(ports));
  let state: ImapState = { at: 'not-authenticated' };
  let bad = 0;
  while (state.at !== 'logout') {
    notices.attend(state);
    const received = await next(state, ports);
    if (received.kind === 'interrupted') {
      state = await tellBetweenCommands(state, ports);
      continue;
    }
    if (received.kind === 'end') break;
    if (received.kind === 'bye') {
      await connection.write(`* BYE ${received.text}\r\n`);
      break;
    }
    const done: Performed | undefined = received.kind === 'command' ? await perform(received.command, state, ports) : undefined;
    if (received.kind === 'bad') await connection.write(`${received.answer}\r\n`);
    state = done?.state ?? state;
    bad = done?.bad === false ? 0 : bad + 1;
    if (bad >= mostBad && state.at !== 'logout') {
      await connection.write('* BYE [CLIENTBUG] Too many invalid commands\r\n');
      break;
    }
  }
  connection.end();
}

type Next =
  | Extract<Received, { kind: 'command' | 'bad' }>
  | { readonly kind: 'interrupted' | 'end' }
  | { readonly kind: 'bye'; readonly text: string };

/** The next command, or why there will be none. */
async function next(state: ImapState, ports: ImapPorts): Promise<Next> {
  const { connection, session } = ports;
  const goodbye = ending(session);
  if (goodbye !== undefined) return { kind: 'bye', text: goodbye };
  try {
    const where = restInWords(state);
    session.doing(where, connection.hasBuffered ? undefined : 'waiting');
    const received = await readCommand(connection, limits(state, ports), agreedIn(state), () => session.doing(where));
    if (received.kind === 'hopeless') return { kind: 'bye', text: received.text };
    if (received.kind === 'timeout') return { kind: 'bye', text: tooSlow(state) };
    // A fenced process must not act: what came is not even begun.
    if (received.kind === 'command' && !session.mayAct()) return { kind: 'bye', text: unavailable };
    return received.kind === 'command' || received.kind === 'bad' ? received : { kind: received.kind };
  } catch (error) {
    if (error instanceof LiteralUnfinished) return connection.closed ? { kind: 'end' } : { kind: 'bye', text: cutOff };
    throw error;
  }
}

const unavailable = '[UNAVAILABLE] Try again later';

const tooSlow = ({ at }: ImapState): string => (at === 'not-authenticated' ? 'Login took too long' : 'Idle for too long');

function ending(session: Session): string | undefined {
  if (session.ending !== undefined) return endings[session.ending];
  return session.mayAct() ? undefined : unavailable;
}

const endings: Readonly<Record<Ending, string>> = {
  draining: '[UNAVAILABLE] Server is shutting down, try again later',
  kicked: 'Session ended by the operator',
  'credentials-changed': 'Account was changed, log in again',
  'slots-lost': unavailable,
  replaced: '[LIMIT] Too many logins for this user: ended for a newer one',
  'login-too-slow': 'Login took too long',
};

/** Strangers get less room. */
function limits({ at }: ImapState, { settings }: ImapPorts): ReadingLimits {
  const { lines, linesBeforeLogin, literal, literals, literalsBeforeLogin } = commandLimits;
  if (at !== 'not-authenticated') return { lines, literal, literals, timeout: settings.get(imapSettings.idleTimeout) * 1000 };
  const timeout = settings.get(loginSettings.time) * 1000;
  return { lines: linesBeforeLogin, literal: literalsBeforeLogin, literals: literalsBeforeLogin, timeout };
}
