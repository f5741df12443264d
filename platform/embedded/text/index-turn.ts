import { type Piece, searchedPieces } from '../../../core/mailbox/search/searched-texts.ts';
import { longestIndexedHeader, mostIndexedText } from '../../../core/mailbox/search/text-index.ts';
import type { BodyId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { readBodyFile } from '../files/body-file.ts';
import type { Connection } from '../sqlite/connection.ts';

/** What a turn works on: the mail, read only, and the index. */
export interface Indexing {
  readonly mail: Connection;
  readonly texts: Connection;
  readonly bodyDir: string;
}

/** Bodies, and characters of text, of one commit: some tens of milliseconds. */
const mostBodies = 200;
const mostOfTurn = 1_000_000;

interface BodyColumns {
  readonly seq: number;
  readonly id: BodyId;
  readonly size: number;
  readonly facts: string;
  readonly bytes: Uint8Array | null;
}

interface Taken {
  readonly seq: number;
  readonly id: BodyId;
  readonly text: string | undefined;
}

/** Takes the next bodies into the index, in the order they came, in one commit. @returns whether there may be more */
export async function indexTurn(indexing: Indexing): Promise<boolean> {
  const { mail, texts } = indexing;
  // In one state of the mail: else a body could come under a number that the turn has passed, and a later one be in the index without it.
  mail.run('BEGIN');
  try {
    const upTo = indexedUpTo(mail, texts);
    const taken = await nextBodies(indexing, upTo);
    if (taken.length > 0) add(texts, upTo, taken);
    return taken.length > 0;
  } finally {
    if (mail.database.isTransaction) mail.run('ROLLBACK');
  }
}

async function nextBodies({ mail, bodyDir }: Indexing, upTo: number): Promise<readonly Taken[]> {
  const taken: Taken[] = [];
  let length = 0;
  let next = upTo;
  while (taken.length < mostBodies && length < mostOfTurn) {
    const body = mail.get<BodyColumns>(nextBody, next);
    if (body === undefined) break;
    const text = await textOf(body, bodyDir);
    taken.push({ seq: body.seq, id: body.id, text });
    length += text?.length ?? 0;
    next = body.seq;
  }
  return taken;
}

function add(texts: Connection, upTo: number, taken: readonly Taken[]): void {
  commit(texts, () => {
    for (const { seq } of texts.all<{ seq: number }>('SELECT seq FROM indexed WHERE seq > ?', upTo)) forget(texts, seq);
    for (const { seq, id, text } of taken) {
      texts.run('INSERT INTO indexed (seq, id, whole) VALUES (?, ?, ?)', seq, id, text === undefined ? 0 : 1);
      if (text !== undefined) texts.run('INSERT INTO texts (rowid, text) VALUES (?, ?)', seq, text);
    }
  });
}

const nextBody = `SELECT b.seq, b.id, b.size, b.facts, d.bytes FROM bodies b LEFT JOIN body_bytes d ON d.body = b.seq
  WHERE b.seq > ? ORDER BY b.seq LIMIT 1`;

/**
 * Up to here all bodies are in the index. SQLite gives the highest numbers again when their rows are gone: what came under them since stands behind the
 * last one that is still the same. Whoever searches counts on it: of what stands before that one no entry is of another body, and none is missing.
 */
function indexedUpTo(mail: Connection, texts: Connection): number {
  for (const { seq, id } of texts.iterate<{ seq: number; id: string }>('SELECT seq, id FROM indexed ORDER BY seq DESC')) {
    if (mail.get('SELECT 1 FROM bodies WHERE seq = ? AND id = ?', seq, id) !== undefined) return seq;
  }
  return 0;
}

/** Bodies that are looked up in one commit of the tidying. */
const sweptAtOnce = 2_000;

/** Takes bodies out that are gone, from this one on. @returns where to go on; undefined at the end */
export function sweepTurn({ mail, texts }: Indexing, from: number): number | undefined {
  const some = texts.all<{ seq: number; id: string }>('SELECT seq, id FROM indexed WHERE seq >= ? ORDER BY seq LIMIT ?', from, sweptAtOnce);
  const gone = some.filter(({ seq, id }) => mail.get('SELECT 1 FROM bodies WHERE seq = ? AND id = ?', seq, id) === undefined);
  if (gone.length > 0) commit(texts, () => void gone.map(({ seq }) => forget(texts, seq)));
  const last = some.at(-1);
  return some.length < sweptAtOnce || last === undefined ? undefined : last.seq + 1;
}

function forget(texts: Connection, seq: number): void {
  texts.run('DELETE FROM texts WHERE rowid = ?', seq);
  texts.run('DELETE FROM indexed WHERE seq = ?', seq);
}

function commit(texts: Connection, work: () => void): void {
  texts.run('BEGIN IMMEDIATE');
  try {
    work();
    texts.run('COMMIT');
  } catch (error) {
    if (texts.database.isTransaction) texts.run('ROLLBACK');
    throw error;
  }
}

/** @returns what the index is to hold of a body; undefined when it can't tell all of it. A body that can't be read holds up no other */
async function textOf({ id, size, facts, bytes }: BodyColumns, bodyDir: string): Promise<string | undefined> {
  async function* read(from: number, to: number): AsyncGenerator<Uint8Array> {
    const end = Math.min(to, size);
    if (bytes === null) yield* readBodyFile(bodyDir, id, from, end);
    else yield bytes.subarray(from, end);
  }
  try {
    const parsed = JSON.parse(facts) as MessageFacts;
    if (parsed.structure.bodyStart > longestIndexedHeader) return undefined;
    // It would go on the prefix's last line.
    for await (const [first] of read(0, 1)) if (first === 0x20 || first === 0x09) return undefined;
    return await joined(searchedPieces(parsed, read));
  } catch {
    return undefined;
  }
}

/** Text after text, a line for each. */
async function joined(pieces: AsyncIterable<Piece>): Promise<string | undefined> {
  let all = '';
  for await (const { text, begins } of pieces) {
    all += begins ? `\n${text}` : text;
    if (all.length > mostIndexedText) return undefined;
  }
  return all.toWellFormed().replaceAll('\0', ' ');
}
