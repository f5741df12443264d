import type { SearchRow } from '../../../core/mailbox/search/evidence.ts';
import { searchMailbox } from '../../../core/mailbox/search/search.ts';
import type { SearchKey } from '../../../core/values/search-key.ts';
import type { Handler } from '../answer.ts';
import { viewRows } from '../view-rows.ts';

/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4); one that asks for MODSEQ is told the highest one found (RFC 7162 section 3.1.5). */
export const search: Handler<'SEARCH'> = async ({ uid, criteria }, state, { mailboxes, bodies, out }) => {
  const { mailbox, view } = state;
  const byModseq = asksModseq(criteria);
  const rows = (await viewRows(state, mailboxes)).map((row): SearchRow => ({ ...row, recent: view.isRecent(row.uid) }));
  const found = await searchMailbox({ criteria, rows, mailbox: mailbox.id, mailboxes, bodies });
  const numbers = found.map((row) => ` ${uid ? row.uid : row.msn}`).join('');
  const [highest] = found.map((row) => row.modseq).sort((a, b) => (a < b ? 1 : -1));
  await out.line(`* SEARCH${numbers}${byModseq && highest !== undefined ? ` (MODSEQ ${highest})` : ''}`);
  return { state: byModseq ? { ...state, condstore: true } : state, reply: `OK ${uid ? 'UID ' : ''}SEARCH completed` };
};

function asksModseq(key: SearchKey): boolean {
  if (key.key === 'NOT') return asksModseq(key.of);
  return key.key === 'AND' || key.key === 'OR' ? key.of.some(asksModseq) : key.key === 'MODSEQ';
}
