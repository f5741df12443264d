import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Threaded, threadMessages } from '../../../core/mailbox/thread/thread-messages.ts';
import { isRefusal } from '../../../core/values/result.ts';
import { hasKey } from '../../../core/values/search-key.ts';
import type { Uid } from '../../../core/values/uid.ts';
import type { Handler } from '../answer.ts';
import { refusalReply } from '../refusal-reply.ts';
import { type Arrange, wantedBy } from '../run-search.ts';
import { badCharset, searchAttended } from '../searching.ts';
import { agreeing } from '../state.ts';
import { isSearchCharset } from '../wire/parse-search.ts';

/** THREAD and UID THREAD (RFC 5256 section 3). */
export const thread: Handler<'THREAD'> = async (command, state, ports) => {
  const { uid, criteria, algorithm } = command;
  if (!isSearchCharset(command.charset)) return { state, reply: badCharset };
  const { mailboxes, bodies, out } = ports;
  const { view, mailbox } = state;
  const arrange: Arrange<Threaded> = (found, watched) => {
    const uids = found.map((one) => one.uid);
    return threadMessages(uids, algorithm, { mailbox: mailbox.id, mailboxes, bodies, ...watched, giveTurn: () => nextTurn() });
  };
  const threaded = await searchAttended(command, wantedBy(criteria, false, state, ports), state, ports, arrange);
  if (isRefusal(threaded)) return { state, reply: refusalReply(threaded) };

  const { threads, uids } = threaded;
  const name = (message: number): number => (uid ? (uids[message] as number) : view.msnOf(uids[message] as Uid));
  await out.raw(uids.length === 0 ? '* THREAD' : '* THREAD ');
  for (const piece of threads.text(name)) await out.raw(piece);
  await out.line('');
  const after = hasKey(criteria, 'MODSEQ') ? agreeing(state, { condstore: true }) : state;
  return { state: after, reply: `OK ${uid ? 'UID ' : ''}THREAD completed` };
};
