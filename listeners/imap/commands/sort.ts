import { setImmediate as nextTurn } from 'node:timers/promises';
import { sortMessages } from '../../../core/mailbox/sort/sort-messages.ts';
import { numberSet } from '../../../core/values/number-set.ts';
import { isRefusal } from '../../../core/values/result.ts';
import { hasKey } from '../../../core/values/search-key.ts';
import type { Handler } from '../answer.ts';
import { refusalReply } from '../refusal-reply.ts';
import { type Arrange, type Found, wantedBy } from '../run-search.ts';
import { esearch, pickedBy, plainAnswer, tellsAnything } from '../search-answer.ts';
import { badCharset, searchAttended } from '../searching.ts';
import { agreeing } from '../state.ts';
import { isSearchCharset } from '../wire/parse-search.ts';

/** SORT and UID SORT (RFC 5256 section 3), with MODSEQ (RFC 7162 section 3.1.9) and what RETURN makes of it (RFC 5267 section 3). */
export const sort: Handler<'SORT'> = async (command, state, ports) => {
  const { tag, uid, criteria, program, returns } = command;
  const saves = returns?.save === true;
  const wanted = wantedBy(criteria, saves, state, ports);
  if (saves) state.view.save([]); // see SEARCH
  if (!isSearchCharset(command.charset)) return { state, reply: badCharset };
  const { mailboxes } = ports;
  const arrange: Arrange<readonly Found[]> = async (messages, watched) => {
    const uids = messages.map((one) => one.uid);
    const sorted = await sortMessages(uids, program, { mailbox: state.mailbox.id, mailboxes, ...watched, giveTurn: () => nextTurn() });
    const byUid = new Map(messages.map((one) => [one.uid, one]));
    return sorted.flatMap((one) => byUid.get(one) ?? []);
  };
  const found = await searchAttended(command, wanted, state, ports, arrange);
  if (isRefusal(found)) return { state, reply: refusalReply(found) };

  const asked = { tag, uid, byModseq: hasKey(criteria, 'MODSEQ') };
  if (returns === undefined) await ports.out.line(plainAnswer('SORT', asked, found));
  else if (tellsAnything(returns)) await ports.out.line(esearch(asked, returns, found));
  if (saves) state.view.save(numberSet(pickedBy(returns, found).map((one) => one.uid)));
  return { state: asked.byModseq ? agreeing(state, { condstore: true }) : state, reply: `OK ${uid ? 'UID ' : ''}SORT completed` };
};
