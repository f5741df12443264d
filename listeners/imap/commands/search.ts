import { setImmediate as nextTurn } from 'node:timers/promises';
import type { SearchRow } from '../../../core/mailbox/search/evidence.ts';
import { searchMailbox } from '../../../core/mailbox/search/search.ts';
import type { SelectedMailbox } from '../../../core/mailbox/selected-mailbox.ts';
import { type NumberSet, sizeOfNumberSet } from '../../../core/values/number-set.ts';
import type { SearchKey } from '../../../core/values/search-key.ts';
import type { Handler } from '../answer.ts';
import { viewRows } from '../view-rows.ts';
import { Unattended, whileAwaited } from '../while-awaited.ts';

/** SEARCH and UID SEARCH (RFC 3501 section 6.4.4); one that asks for MODSEQ is told the highest one found (RFC 7162 section 3.1.5). */
export const search: Handler<'SEARCH'> = async ({ uid, criteria }, state, ports) => {
  const { mailboxes, bodies, out } = ports;
  const { mailbox, view } = state;
  const byModseq = asksModseq(criteria);
  const some = await viewRows(state, mailboxes, mayMatch(criteria, view));
  const rows = some.map((row): SearchRow => ({ ...row, recent: view.isRecent(row.uid) }));
  const last = { msn: view.exists, uid: view.uidOf(view.exists) };
  const searched = { criteria, rows, last, mailbox: mailbox.id, mailboxes, bodies, giveTurn: () => nextTurn() };
  const found = await whileAwaited(ports, (signal) => searchMailbox({ ...searched, signal })).catch(unlessUnattended);
  if (found === undefined) return { state }; // the goodbye follows

  const numbers = found.map((row) => ` ${uid ? row.uid : row.msn}`).join('');
  const [highest] = found.map((row) => row.modseq).sort((a, b) => (a < b ? 1 : -1));
  await out.line(`* SEARCH${numbers}${byModseq && highest !== undefined ? ` (MODSEQ ${highest})` : ''}`);
  return { state: byModseq ? { ...state, condstore: true } : state, reply: `OK ${uid ? 'UID ' : ''}SEARCH completed` };
};

function unlessUnattended(error: unknown): undefined {
  if (!(error instanceof Unattended)) throw error;
}

function asksModseq(key: SearchKey): boolean {
  if (key.key === 'NOT') return asksModseq(key.of);
  return key.key === 'AND' || key.key === 'OR' ? key.of.some(asksModseq) : key.key === 'MODSEQ';
}

/** @returns MSNs outside of which nothing can match, so that a search among a few messages does not look at all */
function mayMatch(key: SearchKey, view: SelectedMailbox): NumberSet {
  const all = view.exists === 0 ? [] : [{ from: 1, to: view.exists }];
  switch (key.key) {
    case 'SET':
      return view.resolve(key.set, false) ?? all;
    case 'UID':
      return view.resolve(key.set, true) ?? all;
    case 'AND':
      return key.of.map((one) => mayMatch(one, view)).reduce((a, b) => (sizeOfNumberSet(b) < sizeOfNumberSet(a) ? b : a), all);
    default:
      return all;
  }
}
