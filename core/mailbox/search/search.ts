import type { MailboxId } from '../../values/ids.ts';
import { inNumberSet, numberSet } from '../../values/number-set.ts';
import type { SearchKey } from '../../values/search-key.ts';
import type { MailboxStore, MessageRecord } from '../mailbox-store.ts';
import { BodyMissing, type MessageBodies } from '../message-bodies.ts';
import { needlesOf, scanBody, textsOf } from './body-scan.ts';
import { evaluate } from './evaluate.ts';
import type { Evidence, SearchRow } from './evidence.ts';
import { headerPieces } from './searched-texts.ts';
import { countKeys } from './settle-sets.ts';
import { canBeRuledOut, type Lesson, mostNeedles, type TextIndex } from './text-index.ts';

export interface Search {
  /** Settled, see settleSets. */
  readonly criteria: SearchKey;
  /** The messages that may match, ascending. */
  readonly rows: readonly SearchRow[];
  readonly mailbox: MailboxId;
  readonly mailboxes: Pick<MailboxStore, 'messages'>;
  readonly bodies: MessageBodies;
  /** @default - every message whose texts matter is read */
  readonly textIndex?: TextIndex | undefined;
  /** Messages that are read at a time: where each costs a request, waiting for one after the other would take hours. @default 1 */
  readonly readAtOnce?: number | undefined;
  readonly signal?: AbortSignal;
  /** Lets others have their turn; called now and then. */
  readonly giveTurn: () => Promise<void>;
  /** Told again and again how many messages are decided, of how many. */
  readonly progress?: (done: number, of: number) => void;
}

/**
 * SEARCH (RFC 9051 section 6.4.4) over some messages. Flags and numbers are decided from the rows alone; records, headers and bodies are
 * read, in this order, only for messages whose answer is still open. Messages expunged meanwhile are left out.
 * @returns the rows that match, ascending
 * @throws the signal's reason when it aborts
 */
export async function searchMailbox(search: Search): Promise<readonly SearchRow[]> {
  const { found, open } = await judgeRows(search);
  if (open.size > 0) await judgeByIndex(search, open);
  if (open.size === 0) return found;
  const lesson = search.textIndex?.learn?.(search.mailbox);
  try {
    found.push(...(await readAndJudge(search, open, lesson)));
  } finally {
    await lesson?.end();
  }
  return found.sort((a, b) => a.msn - b.msn);
}

/** Reads those that are open, some at a time. @returns the rows that match */
async function readAndJudge(search: Search, open: ReadonlyMap<number, SearchRow>, lesson?: Lesson): Promise<readonly SearchRow[]> {
  const { criteria, rows, mailbox, mailboxes, signal, progress, readAtOnce = 1 } = search;
  const needles = needlesOf(criteria);
  const found: SearchRow[] = [];
  const faults: unknown[] = [];
  const reading = new Set<Promise<void>>();
  let done = rows.length - open.size;
  const judged = (row: SearchRow, isMatch: boolean): void => {
    done += 1;
    if (isMatch) found.push(row);
  };
  const goOn = (): void => {
    if (faults.length > 0) throw faults[0];
    signal?.throwIfAborted();
  };
  try {
    for await (const record of mailboxes.messages(mailbox, numberSet(open.keys()))) {
      goOn();
      progress?.(done, rows.length);
      const row = open.get(record.uid);
      if (row === undefined) continue;
      const byRecord = evaluate(criteria, { row, record });
      if (byRecord !== undefined) {
        judged(row, byRecord);
        continue;
      }
      const read = matches({ row, record }, needles, search, lesson)
        .then(
          (isMatch) => judged(row, isMatch),
          (error: unknown) => void faults.push(error),
        )
        .finally(() => reading.delete(read));
      reading.add(read);
      if (reading.size < readAtOnce) continue;
      await Promise.race(reading);
      goOn();
    }
  } finally {
    await Promise.all(reading);
  }
  goOn();
  return found;
}

/** Keys looked at before others get their turn: a few milliseconds. */
const keysPerTurn = 50_000;

async function judgeRows({ criteria, rows, signal, giveTurn }: Search) {
  const found: SearchRow[] = [];
  const open = new Map<number, SearchRow>();
  const rowsPerTurn = Math.max(1, Math.floor(keysPerTurn / countKeys(criteria)));
  for (const [i, row] of rows.entries()) {
    const verdict = evaluate(criteria, { row });
    if (verdict === true) found.push(row);
    else if (verdict === undefined) open.set(row.uid, row);
    if ((i + 1) % rowsPerTurn !== 0) continue;
    await giveTurn();
    signal?.throwIfAborted();
  }
  return { found, open };
}

/** Takes away those that can't match by what an index knows. What it leaves open is read. */
async function judgeByIndex({ criteria, mailbox, textIndex, signal, giveTurn }: Search, open: Map<number, SearchRow>): Promise<void> {
  const needles = textsOf(criteria).filter(canBeRuledOut).slice(0, mostNeedles);
  if (textIndex === undefined || needles.length === 0) return;
  const ruled = await textIndex.ruledOut(mailbox, numberSet(open.keys()), needles, signal);
  const sets = new Map(needles.map((needle, i) => [needle, ruled[i] ?? []]));
  const rowsPerTurn = Math.max(1, Math.floor(keysPerTurn / countKeys(criteria)));
  let judged = 0;
  for (const row of open.values()) {
    const ruledOut = (needle: string): boolean => inNumberSet(sets.get(needle) ?? [], row.uid);
    if (evaluate(criteria, { row, ruledOut }) === false) open.delete(row.uid);
    judged += 1;
    if (judged % rowsPerTurn !== 0) continue;
    await giveTurn();
    signal?.throwIfAborted();
  }
}

/** Gathers what only reading tells, the header first, until the answer stands. */
async function matches(
  known: WithRecord,
  needles: ReadonlySet<string>,
  { criteria, bodies, signal }: Search,
  lesson: Lesson | undefined,
): Promise<boolean> {
  try {
    const header = await readHeader(known.record, bodies);
    const byHeader = evaluate(criteria, { ...known, header });
    if (byHeader !== undefined) return byHeader;
    const texts = lesson?.message(known.record.uid);
    if (texts !== undefined) for (const piece of headerPieces(header, known.record.facts.envelope)) texts.add(piece);
    const body = await scanBody(known.record, needles, bodies, signal, texts && ((piece) => texts.add(piece)));
    if (body.isWhole) texts?.whole();
    return evaluate(criteria, { ...known, header, body }) === true;
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
