import { numberSet } from '../../../core/values/number-set.ts';
import { isRefusal } from '../../../core/values/result.ts';
import { hasKey } from '../../../core/values/search-key.ts';
import type { Handler } from '../answer.ts';
import { refusalReply } from '../refusal-reply.ts';
import { wantedBy } from '../run-search.ts';
import { esearch, pickedBy, plainAnswer, tellsAnything } from '../search-answer.ts';
import { badCharset, searchAttended } from '../searching.ts';
import { agreeing } from '../state.ts';
import type { SearchReturns } from '../wire/command.ts';
import { isSearchCharset } from '../wire/parse-search.ts';

/**
 * SEARCH and UID SEARCH (RFC 3501 section 6.4.4, RFC 9051 section 6.4.4); one that asks for MODSEQ is told the highest one found (RFC 7162
 * section 3.1.5).
 */
export const search: Handler<'SEARCH'> = async (command, state, ports) => {
  const { tag, uid, criteria } = command;
  const returns = command.returns ?? (state.agreed.rev2 ? everything : undefined);
  const saves = returns?.save === true;
  const wanted = wantedBy(criteria, saves, state, ports);
  // Whatever is answered NO from here on leaves nothing in `$` (RFC 9051 section 6.4.4.1).
  if (saves) state.view.save([]);
  if (!isSearchCharset(command.charset)) return { state, reply: badCharset };
  const found = await searchAttended(command, wanted, state, ports);
  if (isRefusal(found)) return { state, reply: refusalReply(found) };

  const asked = { tag, uid, byModseq: hasKey(criteria, 'MODSEQ') };
  if (returns === undefined) await ports.out.line(plainAnswer('SEARCH', asked, found));
  else if (tellsAnything(returns)) await ports.out.line(esearch(asked, returns, found));
  if (saves) state.view.save(numberSet(pickedBy(returns, found).map((one) => one.uid)));
  return { state: asked.byModseq ? agreeing(state, { condstore: true }) : state, reply: `OK ${uid ? 'UID ' : ''}SEARCH completed` };
};

/** What a client of IMAP4rev2 gets that names nothing. */
const everything: SearchReturns = { items: ['ALL'], save: false };
