import { MailboxGone } from '../../../core/mailbox/mailbox-store.ts';
import { ConnectionLost } from '../../net/connection.ts';
import type { ImapPorts } from '../answer.ts';
import { goneFor, heardRights } from '../current-rights.ts';
import { highestModseq } from '../poll.ts';
import { Responses } from '../responses.ts';
import { SectionCut } from '../section-writer.ts';
import type { Authenticated, ImapState, Selected } from '../state.ts';
import { tellRights } from '../tell-rights.ts';
import { tellOpen } from './tell-open.ts';

type Who = Authenticated | Selected;
type Ports = ImapPorts & { readonly out: Responses };

export const goodbyes = {
  deleted: '* BYE The selected mailbox was deleted',
  'not-readable': '* BYE You may not read the selected mailbox any more',
} as const;

/** How long a session waits when the store did not answer, ms. */
const againIn = 15_000;

/** What a client that has asked for it is told while it waits (RFC 5465 section 3.1). @returns the state from now on */
export async function tellBetweenCommands(state: ImapState, ports: ImapPorts): Promise<ImapState> {
  if (!ports.notices.areAsked || (state.at !== 'authenticated' && state.at !== 'selected')) return state;
  const out = new Responses(ports.connection);
  try {
    const { open } = ports.notices;
    const mayExpunge = typeof open === 'object' && !open.delayed;
    const after = await tellNotices(state, mayExpunge, { ...ports, out });
    await out.flush();
    return after;
  } catch (error) {
    return await failed(error, state, ports, out);
  }
}

/** @throws MailboxGone */
export async function tellNotices<S extends Who>(state: S, mayExpunge: boolean, ports: Ports): Promise<S> {
  let after: Who = state;
  // Expunges may have had to wait for this, whatever is new.
  const isOpenToTell = state.at === 'selected' && (ports.notices.takeOpen() || (mayExpunge && state.view.expungesWait));
  if (state.at === 'selected' && isOpenToTell) after = await tellOpenNotices(state, mayExpunge, ports);
  await ports.notices.tellOthers(after, ports.out);
  return after as S;
}

async function tellOpenNotices(state: Selected, mayExpunge: boolean, ports: Ports): Promise<Selected> {
  const { out, notices } = ports;
  const expunged = await tellOpen(state, notices.open, { mayExpunge }, ports);
  if (expunged === undefined) return state;
  if (expunged && state.agreed.qresync) await out.line(highestModseq(state.view));
  const heard = heardRights(state, ports);
  await tellRights(state, heard, out);
  return heard;
}

async function failed(error: unknown, state: Who, ports: ImapPorts, out: Responses): Promise<ImapState> {
  const { connection, log, session, notices } = ports;
  if (error instanceof ConnectionLost || connection.closed) throw error;
  if (error instanceof MailboxGone && state.at === 'selected') {
    await out.line(goodbyes[(await goneFor(state, ports)) ?? 'deleted']);
    await out.flush();
    return { at: 'logout' };
  }
  log.failure('imap-notify-failed', error, { session: session.id, account: session.account });
  if (error instanceof SectionCut) throw error; // half a literal can't be taken back
  await out.flush();
  notices.again(againIn);
  return state;
}
