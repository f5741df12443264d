import { setImmediate as nextTurn } from 'node:timers/promises';
import type { TextIndex } from '../../../core/mailbox/search/text-index.ts';
import { headerText } from '../../../core/mailbox/search/text-match.ts';
import { casemap } from '../../../core/message/casemap.ts';
import type { MailboxId } from '../../../core/values/ids.ts';
import type { NumberRange, NumberSet } from '../../../core/values/number-set.ts';
import type { Connection } from '../sqlite/connection.ts';
import { mailboxNumber } from '../sqlite/mailbox-rows.ts';
import { Reads, rowsPerTurn } from '../sqlite/reads.ts';
import { areTextsThere, openMailWithTexts, textsFile } from './text-database.ts';
import { matchOf, threesOf } from './threes.ts';
import { messagesWorthReading } from './worth-reading.ts';

interface Message {
  readonly uid: number;
  readonly body: number;
  readonly prefix: string;
  /** null: not in the index. */
  readonly whole: number | null;
}

/** The index of texts in SQLite (FTS5), as far as it has been filled. Where there is none, it rules out nothing. */
export class SqliteTextIndex implements TextIndex {
  readonly #mail: string;
  readonly #texts: string;
  #reads: Reads | undefined;
  #file: number | undefined;

  constructor(files: { readonly mail: string; readonly texts: string }) {
    this.#mail = files.mail;
    this.#texts = files.texts;
  }

  ruledOut(mailbox: MailboxId, uids: NumberSet, needles: readonly string[], signal?: AbortSignal): Promise<readonly NumberSet[]> {
    return this.#asked(
      needles.map(() => []),
      async (sql) => {
        const messages = await messagesIn(sql, mailboxNumber(mailbox), uids, signal);
        const ruled: NumberSet[] = [];
        for (const needle of needles) ruled.push(await without(sql, messages, needle, signal));
        return ruled;
      },
    );
  }

  messagesWith(mailbox: MailboxId, uids: NumberSet, needles: readonly string[], signal?: AbortSignal): Promise<NumberSet> {
    return this.#asked(uids, (sql) => messagesWorthReading(sql, mailboxNumber(mailbox), uids, needles, signal));
  }

  /** An index that is just being made, or broken, makes a search read more, and nothing worse. */
  async #asked<T>(unknown: T, ask: (sql: Connection) => Promise<T>): Promise<T> {
    try {
      const reads = this.#opened();
      return reads === undefined ? unknown : await reads.snapshot(ask);
    } catch (error) {
      if (error instanceof Error && 'errcode' in error) return unknown;
      throw error;
    }
  }

  close(): void {
    this.#reads?.close();
  }

  /** Anew, when the index was: it has another file then. */
  #opened(): Reads | undefined {
    const file = textsFile(this.#texts);
    if (this.#reads !== undefined && file !== this.#file) {
      this.#reads.close();
      this.#reads = undefined;
    }
    if (this.#reads === undefined && areTextsThere(this.#texts)) {
      this.#reads = new Reads(this.#mail, (mail) => openMailWithTexts(mail, this.#texts));
      this.#file = file;
    }
    return this.#reads;
  }
}

async function messagesIn(sql: Connection, mailbox: number, uids: NumberSet, signal?: AbortSignal): Promise<readonly Message[]> {
  const messages: Message[] = [];
  for (const { from, to } of uids) {
    for (const message of sql.iterate<Message>(inMailbox, mailbox, from, to)) {
      if (messages.push(message) % rowsPerTurn === 0) await turn(signal);
    }
  }
  return messages;
}

const inMailbox = `SELECT m.uid, m.body, m.prefix, i.whole FROM messages m
  LEFT JOIN texts.indexed i ON i.seq = m.body AND EXISTS (SELECT 1 FROM bodies b WHERE b.id = i.id AND b.seq = i.seq)
  WHERE m.mailbox = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid`;

/** @returns UIDs of messages that are in the index, and not with this needle; ranges go over UIDs that have no message */
async function without(sql: Connection, messages: readonly Message[], needle: string, signal?: AbortSignal): Promise<NumberSet> {
  const threes = threesOf(needle);
  if (threes.length === 0) return [];
  const holding = await bodiesWith(sql, messages, threes, signal);
  const inPrefix = prefixCheck(needle);
  const ranges: { from: number; to: number }[] = [];
  let open: { from: number; to: number } | undefined;
  for (const { uid, body, prefix, whole } of messages) {
    if (whole !== 1 || holding.has(body) || inPrefix(prefix)) open = undefined;
    else if (open !== undefined) open.to = uid;
    else {
      open = { from: uid, to: uid };
      ranges.push(open);
    }
  }
  return ranges;
}

async function bodiesWith(
  sql: Connection,
  messages: readonly Message[],
  threes: readonly string[],
  signal?: AbortSignal,
): Promise<ReadonlySet<number>> {
  const holding = new Set<number>();
  const range = rangeOf(messages);
  if (range === undefined) return holding;
  const rows = sql.iterate<{ rowid: number }>(
    'SELECT rowid FROM texts.texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ?',
    matchOf(threes),
    range.from,
    range.to,
  );
  for (const { rowid } of rows) {
    holding.add(rowid);
    if (holding.size % rowsPerTurn === 0) await turn(signal);
  }
  return holding;
}

function rangeOf(messages: readonly Message[]): NumberRange | undefined {
  if (messages.length === 0) return undefined;
  let [from, to] = [Number.POSITIVE_INFINITY, 0];
  for (const { body } of messages) {
    if (body < from) from = body;
    if (body > to) to = body;
  }
  return { from, to };
}

/** The index knows bodies; what stands before them at delivery is of each mailbox. One that is not plain may be read in other ways together with the header. */
function prefixCheck(needle: string): (prefix: string) => boolean {
  let [last, found] = ['', false];
  return (prefix) => {
    if (prefix === last) return found;
    last = prefix;
    const isPlain = prefix === '' || (plain.test(prefix) && !prefix.includes('=?'));
    found = !isPlain || casemap(headerText(prefix)).includes(needle);
    return found;
  };
}

const plain = /^[\t\r\n -~]*\r\n$/;

async function turn(signal: AbortSignal | undefined): Promise<void> {
  await nextTurn();
  signal?.throwIfAborted();
}
