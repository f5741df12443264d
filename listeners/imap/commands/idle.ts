import { imapSettings } from '../../../core/settings/listeners.ts';
import type { Answer, Handler, ImapPorts } from '../answer.ts';
import { commandInWords } from '../in-words.ts';
import { tellNotices } from '../notify/between-commands.ts';
import { highestModseq, poll } from '../poll.ts';
import type { Responses } from '../responses.ts';
import type { StateFor } from '../state.ts';

/** A word now and then keeps NAT tables and balancers (350 s at AWS) from forgetting the connection, and finds dead peers. */
const stillHere = 300_000; // ms
const maxLine = 1_024;

/** IDLE (RFC 2177): what happens in the mailbox is told as it happens, until DONE. */
export const idle: Handler<'IDLE'> = async (command, state, ports) => {
  const { settings, connection, session, changes, notices, out } = ports;
  const words = commandInWords(command, state);
  if (!settings.get(imapSettings.idle)) return { state, reply: 'BAD IDLE is switched off' };
  const unwatch = state.at === 'selected' && !notices.areAsked ? changes.watch(state.mailbox.id, () => connection.interrupt()) : undefined;
  try {
    await out.line('+ idling');
    session.doing(words, 'idling');
    await tellNews(state, ports); // what came before the watch began
    return await wait(state, ports);
  } finally {
    session.doing(words);
    unwatch?.();
  }
};

type Ports = ImapPorts & { readonly out: Responses };

async function wait(state: StateFor<'IDLE'>, ports: Ports): Promise<Answer> {
  const { connection, session, settings, clock, out } = ports;
  const since = clock.monotonic();
  for (;;) {
    const left = since + settings.get(imapSettings.idleTimeout) * 1000 - clock.monotonic();
    if (left <= 0) return tooLong(out);
    const line = await connection.readLine(maxLine, Math.min(left, stillHere));
    if (line.kind === 'end') return { state: { at: 'logout' } };
    if (line.kind === 'line' && /^DONE$/i.test(line.bytes.toString('latin1'))) return { state, reply: 'OK IDLE completed' };
    if (line.kind === 'line' || line.kind === 'too-long') return { state, reply: 'BAD Expected DONE' };
    if (session.ending !== undefined || !session.mayAct()) return { state }; // the goodbye follows
    if (line.kind === 'timeout' && left > stillHere) await out.line('* OK Still here');
    await tellNews(state, ports);
  }
}

/** With NOTIFY, exactly what that has asked for (RFC 5465 section 4). */
async function tellNews(state: StateFor<'IDLE'>, ports: Ports): Promise<void> {
  const { mailboxes, notices, out } = ports;
  if (notices.areAsked) {
    await tellNotices(state, true, ports);
    return await out.flush();
  }
  const expunged = state.at === 'selected' && (await poll(state, true, mailboxes, out));
  if (expunged && state.agreed.qresync) await out.line(highestModseq(state.view));
  await out.flush();
}

async function tooLong(out: Responses): Promise<Answer> {
  await out.line('* BYE Idle for too long');
  return { state: { at: 'logout' } };
}
