import { MailboxGone, maxKeywords, TooManyKeywords } from '../../core/mailbox/mailbox-store.ts';
import { asksByNumber } from '../../core/values/search-key.ts';
import { ConnectionLost } from '../net/connection.ts';
import { admitCommand } from './admit-command.ts';
import type { Answer, ImapPorts } from './answer.ts';
import { Unattended } from './attendance.ts';
import { goneFor, heardRights, withCurrentRights } from './current-rights.ts';
import { handlerOf } from './handlers.ts';
import { commandInWords } from './in-words.ts';
import { cutOff, LiteralUnfinished } from './literals.ts';
import { withinLimit, withLimit } from './message-limit.ts';
import { goodbyes } from './notify/between-commands.ts';
import { owesNews, tellOpen } from './notify/tell-open.ts';
import { highestModseq } from './poll.ts';
import { refuseCommand } from './refuse-command.ts';
import { Responses } from './responses.ts';
import { savesNothing } from './searching.ts';
import { SectionCut } from './section-writer.ts';
import { agreedIn, type ImapState, type Selected, unselected } from './state.ts';
import { tellRights } from './tell-rights.ts';
import { needsNumbers, uidRequired } from './uid-only.ts';
import type { Command } from './wire/command.ts';

export interface Performed {
  readonly state: ImapState;
  /** It was answered BAD. */
  readonly bad: boolean;
}

/** Runs one command: is it legal here, what it needs to run, its handler, the news of the mailbox, the tagged line. Whatever goes wrong is answered or ends the session. */
export async function perform(command: Command, state: ImapState, ports: ImapPorts): Promise<Performed> {
  const { connection, session } = ports;
  const out = new Responses(connection);
  session.doing(commandInWords(command, state));
  let isRun = false;
  try {
    const begun = await withCurrentRights(command.verb, state, ports);
    const handle = hasNoNumbersFor(command, begun) ? undefined : handlerOf(command.verb, begun);
    const reach = { ...ports, out };
    const limited = withinLimit(command, begun, ports.settings);
    const refusal = handle === undefined ? `BAD ${whyNot(command, begun)}` : limited.refusal;
    if (limited.refusal !== undefined && handle !== undefined) savesNothing(command, begun);
    const answer =
      handle === undefined || refusal !== undefined
        ? await refuseCommand(command, begun, refusal ?? '', ports)
        : await admitCommand(command, begun, reach, () => {
            isRun = true;
            return handle(limited.command, begun, reach);
          });
    const after = answer.reply === undefined ? answer.state : await tellNews(command, begun, answer, ports, out);
    if (answer.reply !== undefined) {
      const [untagged, reply] = withLimit(withModseq(passedOver(answer.reply, command, after), answer, after), limited);
      if (untagged !== undefined) await out.line(untagged);
      await out.line(`${command.tag} ${reply}`);
    }
    await out.flush();
    if (answer.reply?.startsWith('OK')) ports.notices.done(command);
    return { state: after, bad: answer.reply?.startsWith('BAD') ?? false };
  } catch (error) {
    if (!isRun && !(error instanceof LiteralUnfinished) && !(error instanceof Unattended)) await passOver(command, state, ports);
    return { state: await failed(error, command, state, out, ports), bad: false };
  }
}

/** A command failed before it was run: a message that comes with it would be taken for commands. */
async function passOver(command: Command, state: ImapState, ports: ImapPorts): Promise<void> {
  const passed = await refuseCommand(command, state, '', ports).catch(() => undefined);
  if (passed?.state !== state) ports.connection.destroy();
}

/**
 * What else happened in the mailbox, before the tagged line. What was done stays done whatever goes wrong here: a client that is told NO
 * would do it again, and append a message twice.
 * @returns the state from now on
 */
async function tellNews(command: Command, before: ImapState, answer: Answer, ports: ImapPorts, out: Responses): Promise<ImapState> {
  let after = answer.state;
  if (before.at !== 'selected' || after.at !== 'selected' || after.view !== before.view) return after;
  let told: Told = 'failed';
  try {
    const telling = { mayExpunge: mayExpunge(command), owed: owesNews(command, answer.reply), reply: answer.reply };
    const expunged = await tellOpen(after, ports.notices.open, telling, { ...ports, out });
    told = expunged ? 'expunges' : 'none';
    if (expunged !== undefined) {
      const heard = heardRights(after, ports);
      await tellRights(before, heard, out);
      after = heard;
    }
  } catch (error) {
    if (error instanceof ConnectionLost) throw error;
    if (error instanceof MailboxGone) {
      await out.line(goodbyes[(await goneFor(after, ports)) ?? 'deleted']);
      return { at: 'logout' };
    }
    ports.log.failure('imap-command-failed', error, { session: ports.session.id, verb: command.verb, account: ports.session.account });
  }
  // The first sign that the client knows MODSEQ (RFC 7162 section 3.1), and MOVE (RFC 6851 section 4.4).
  const asked = after.agreed.condstore && (!before.agreed.condstore || command.verb === 'MOVE');
  if (asked || owesModseq(told, after, answer)) await out.line(highestModseq(after.view));
  return after;
}

/** Which expunges a client was told of: none were waiting, some, or nothing could be told. */
type Told = 'none' | 'expunges' | 'failed';

/**
 * A client that takes the highest MODSEQ of FETCH responses for how far it is would never hear of expunges that had to wait, so that it
 * is told the lower one.
 */
const owesModseq = (told: Told, { agreed, view }: Selected, answer: Answer): boolean =>
  agreed.qresync && (told === 'failed' || view.toldModseq < view.modseq || (told === 'expunges' && answer.withModseq !== true));

const withModseq = (reply: string, answer: Answer, state: ImapState): string =>
  answer.withModseq === true && state.at === 'selected' ? reply.replace(/^OK /, `OK [HIGHESTMODSEQ ${state.view.toldModseq}] `) : reply;

/** What was searched had fewer messages than the client counts: it may want to hear which (RFC 5530 section 3). */
const passedOver = (reply: string, command: Command, state: ImapState): string =>
  'criteria' in command && state.at === 'selected' && state.view.expungesWait ? reply.replace(/^OK (?!\[)/, 'OK [EXPUNGEISSUED] ') : reply;

/** EXPUNGE would shift the numbers that the client is about to get (RFC 3501 section 7.4.1), or has named. By UID nothing shifts. */
function mayExpunge(command: Command): boolean {
  if ('criteria' in command) return command.uid && !asksByNumber(command.criteria);
  return !((command.verb === 'FETCH' || command.verb === 'STORE') && !command.uid);
}

const hasNoNumbersFor = (command: Command, state: ImapState): boolean => agreedIn(state).uidOnly && needsNumbers(command);

function whyNot(command: Command, state: ImapState): string {
  if (state.at === 'not-authenticated') return '[CLIENTBUG] Log in first';
  if (hasNoNumbersFor(command, state)) return uidRequired;
  return state.at === 'selected' ? '[CLIENTBUG] You are logged in' : '[CLIENTBUG] Not in this state';
}

async function failed(error: unknown, command: Command, state: ImapState, out: Responses, ports: ImapPorts): Promise<ImapState> {
  const { connection, log, session } = ports;
  if (error instanceof ConnectionLost || connection.closed) return end(ports);
  if (error instanceof Unattended) return state; // the goodbye follows
  if (error instanceof LiteralUnfinished) {
    await connection.write(`* BYE ${cutOff}\r\n`);
    return { at: 'logout' };
  }
  if (error instanceof MailboxGone) {
    const gone = state.at === 'selected' ? await goneFor(state, ports) : undefined;
    if (gone !== undefined) await out.line(goodbyes[gone]);
    await answer('NO [NONEXISTENT] No such mailbox');
    return gone === undefined ? state : { at: 'logout' };
  }
  if (error instanceof TooManyKeywords) await answer(`NO [LIMIT] A message may have ${maxKeywords} keywords`);
  else {
    log.failure('imap-command-failed', error, { session: session.id, verb: command.verb, account: session.account });
    if (error instanceof SectionCut) return end(ports);
    await answer('NO [UNAVAILABLE] Try again later');
  }
  return afterFailure(command, state);

  async function answer(reply: string): Promise<void> {
    await out.line(`${command.tag} ${reply}`);
    await out.flush();
  }
}

/** A SELECT that fails leaves no mailbox selected (RFC 3501 section 6.3.1). */
function afterFailure({ verb }: Command, state: ImapState): ImapState {
  if (state.at !== 'selected' || (verb !== 'SELECT' && verb !== 'EXAMINE')) return state;
  return unselected(state);
}

/** Half a literal can't be taken back, and a client that is gone needs no goodbye. */
function end({ connection }: ImapPorts): ImapState {
  connection.destroy();
  return { at: 'logout' };
}
