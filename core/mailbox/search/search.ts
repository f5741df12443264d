import type { MailboxId } from '../../values/ids.ts';
import { numberSet } from '../../values/number-set.ts';
import type { SearchKey } from '../../values/search-key.ts';
import type { MailboxStore, MessageRecord } from '../mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../message-bodies.ts';
import { needlesOf, scanBody } from './body-scan.ts';
import { evaluate, type LastNumbers } from './evaluate.ts';
import type { Evidence, SearchRow } from './evidence.ts';

export interface Search {
  readonly criteria: SearchKey;
  /** The client's view, ascending. */
  readonly rows: readonly SearchRow[];
  readonly mailbox: MailboxId;
  readonly mailboxes: Pick<MailboxStore, 'messages'>;
  readonly bodies: MessageBodies;
  readonly signal?: AbortSignal;
}

/**
 * SEARCH (RFC 9051 section 6.4.4) over one client's view. Flags and numbers are decided from the view alone; records, headers and bodies are
 * read, in this order, only for messages whose answer is still open. Messages expunged meanwhile are left out.
 * @returns the rows that match, ascending
 * @throws the signal's reason when it aborts
 */
export async function searchMailbox(search: Search): Promise<readonly SearchRow[]> {
  const last = lastNumbers(search.rows);
  const found: SearchRow[] = [];
  const open = new Map<number, SearchRow>();
  for (const row of search.rows) {
    const verdict = evaluate(search.criteria, { row }, last);
    if (verdict === true) found.push(row);
    else if (verdict === undefined) open.set(row.uid, row);
  }
  if (open.size === 0) return found;
  const needles = needlesOf(search.criteria);

  for await (const record of search.mailboxes.messages(search.mailbox, numberSet(open.keys()))) {
    search.signal?.throwIfAborted();
    const row = open.get(record.uid);
    if (row !== undefined && (await matches(search, { row, record }, needles, last))) found.push(row);
  }
  return found.sort((a, b) => a.msn - b.msn);
}

function lastNumbers(rows: readonly SearchRow[]): LastNumbers {
  const last = rows.at(-1);
  return { msn: last?.msn ?? 0, uid: last?.uid ?? 0 };
}

/** Gathers evidence, cheapest first, until the answer stands. */
async function matches({ criteria, bodies }: Search, known: WithRecord, needles: ReadonlySet<string>, last: LastNumbers): Promise<boolean> {
  const byRecord = evaluate(criteria, known, last);
  if (byRecord !== undefined) return byRecord;
  try {
    const withHeader = { ...known, header: await readHeader(known.record, bodies) };
    const byHeader = evaluate(criteria, withHeader, last);
    if (byHeader !== undefined) return byHeader;
    return evaluate(criteria, { ...withHeader, body: await scanBody(known.record, needles, bodies) }, last) === true;
  } catch (error) {
    if (error instanceof BodyMissing) return false;
    throw error;
  }
}

type WithRecord = Evidence & { readonly record: MessageRecord };

async function readHeader(record: MessageRecord, bodies: MessageBodies): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bodies.read(record.body, 0, record.facts.structure.bodyStart)) chunks.push(chunk);
  return record.prefix + Buffer.concat(chunks).toString('latin1');
}
