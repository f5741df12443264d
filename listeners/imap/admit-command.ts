import { isRefusal } from '../../core/values/result.ts';
import { type CommandPlace, enterPlace, inPlace } from '../net/command-places.ts';
import type { Answer, ImapPorts } from './answer.ts';
import type { Awaited } from './attendance.ts';
import { commandInWords } from './in-words.ts';
import { refusalReply } from './refusal-reply.ts';
import { refuseCommand } from './refuse-command.ts';
import type { Responses } from './responses.ts';
import type { ImapState } from './state.ts';
import { slotLine, takeSlots } from './take-slots.ts';
import type { Command, VerbName } from './wire/command.ts';

type Ports = ImapPorts & { readonly out: Responses };
type Run = () => Promise<Answer> | Answer;

/**
 * These need nothing of what is counted: they wait for the client (AUTHENTICATE and STARTTLS would let a few strangers who say nothing take
 * all places), or make room. SEARCH, SORT and THREAD take what they need themselves, because their run may be somebody else's.
 */
const free: ReadonlySet<VerbName> = new Set(['IDLE', 'AUTHENTICATE', 'STARTTLS', 'LOGOUT', 'SEARCH', 'SORT', 'THREAD']);

/** Runs a command in what it needs: a FETCH in slots of its account and the server, then everything in a place of the process. All comes back once, however it ends. */
export function admitCommand(command: Command, state: ImapState, ports: Ports, run: Run): Promise<Answer> | Answer {
  if (free.has(command.verb)) return run();
  return command.verb === 'FETCH' && state.at === 'selected' ? inSlots(command, state, ports, run) : placed(command, state, ports, run);
}

async function inSlots(command: Command, state: Extract<ImapState, { at: 'selected' }>, ports: Ports, run: Run): Promise<Answer> {
  const line = slotLine('fetch', state.account, ports);
  const waiting = waitingFor(command, state, 'Waiting for other FETCHes to end');
  const slots = await ports.attendance.whileAwaited(waiting, ports, (signal) => takeSlots(line, ports, signal));
  if (isRefusal(slots)) return { state, reply: refusalReply(slots) };
  try {
    ports.session.doing(commandInWords(command, state));
    return await placed(command, state, ports, run);
  } finally {
    slots.release();
  }
}

function placed(command: Command, state: ImapState, ports: Ports, run: Run): Promise<Answer> {
  if (ports.places.isFull('imap')) return placedLater(command, state, ports, run);
  return inPlace(ports.session, ports, { run, full: (refusal) => refuseCommand(command, state, refusalReply(refusal), ports) });
}

async function placedLater(command: Command, state: ImapState, ports: Ports, run: Run): Promise<Answer> {
  const waiting = waitingFor(command, state, 'Waiting for other commands to end');
  const enter = async (signal: AbortSignal) => await enterPlace(ports.session, ports, signal);
  const place = await ports.attendance.whileAwaited(waiting, ports, enter);
  if (isRefusal(place)) return refuseCommand(command, state, refusalReply(place), ports);
  return inThis(place, () => {
    ports.session.doing(commandInWords(command, state));
    return run();
  });
}

async function inThis(place: CommandPlace, run: Run): Promise<Answer> {
  try {
    return await run();
  } finally {
    place.leave();
  }
}

const waitingFor = (command: Command, state: ImapState, text: string): Awaited => ({
  tag: command.tag,
  word: () => ({ doing: `waiting for ${commandInWords(command, state)}`, text }),
});
