import type { Mailbox, SizeRow } from '../../core/mailbox/mailbox-store.ts';
import { type NumberSet, numberSet } from '../../core/values/number-set.ts';
import type { Uid } from '../../core/values/uid.ts';

/** A message of the maildrop that is not marked as deleted. */
export interface Drop {
  readonly uid: Uid;
  /** Octets, as LIST tells them. */
  readonly size: number;
}

/**
 * INBOX as one POP3 session sees it, from login to QUIT: messages numbered from 1 that keep their numbers, whatever is delivered or
 * expunged meanwhile (RFC 1939 section 3). Marks live here only; QUIT makes them true.
 */
export class Maildrop {
  readonly mailbox: Mailbox;
  /** Nothing of this session changes it. */
  readonly isReadOnly: boolean;
  readonly #rows: readonly SizeRow[];
  readonly #deleted = new Set<number>();
  readonly #read = new Set<number>();
  readonly #release: () => void;
  #octets: number;

  /** @param release gives the lock back. The maildrop calls it at most once. @param use @default 'exclusive' */
  constructor(mailbox: Mailbox, rows: readonly SizeRow[], release: () => void, use: 'exclusive' | 'read-only' = 'exclusive') {
    this.isReadOnly = use === 'read-only';
    this.mailbox = mailbox;
    this.#rows = rows;
    this.#octets = sum(rows);
    this.#release = once(release);
  }

  /** Messages and octets that are not marked. */
  get count(): number {
    return this.#rows.length - this.#deleted.size;
  }

  get octets(): number {
    return this.#octets;
  }

  /** @returns the message, or why there is none of this number, in words for the client */
  find(message: number): Drop | { readonly fault: string } {
    const row = this.#rows[message - 1];
    if (row === undefined) return { fault: `No such message, there are ${this.#rows.length}` };
    return this.#deleted.has(message) ? { fault: `Message ${message} is marked as deleted` } : row;
  }

  /** Unmarked messages with their numbers. */
  *[Symbol.iterator](): Generator<readonly [message: number, drop: Drop]> {
    for (const [i, row] of this.#rows.entries()) if (!this.#deleted.has(i + 1)) yield [i + 1, row];
  }

  uniqueId(drop: Drop): string {
    return `${this.mailbox.uidValidity}-${drop.uid}`;
  }

  /** @param message one that `find` found */
  markDeleted(message: number): void {
    this.#deleted.add(message);
    this.#octets -= this.#rows[message - 1]?.size ?? 0;
  }

  /** It was fetched and is not \Seen yet. */
  markRead(message: number): void {
    this.#read.add(message);
  }

  /** RSET. What was fetched stays so: the client has it. */
  unmarkAll(): void {
    this.#deleted.clear();
    this.#octets = sum(this.#rows);
  }

  get deleted(): NumberSet {
    return this.#uids(this.#deleted);
  }

  /** Fetched for the first time and not deleted. */
  get read(): NumberSet {
    return this.#uids(this.#read.difference(this.#deleted));
  }

  release(): void {
    this.#release();
  }

  #uids(messages: ReadonlySet<number>): NumberSet {
    return numberSet([...messages].map((message) => this.#rows[message - 1]?.uid ?? 0));
  }
}

const sum = (rows: readonly SizeRow[]): number => rows.reduce((octets, row) => octets + row.size, 0);

function once(release: () => void): () => void {
  let released = false;
  return () => {
    if (released) return;
    released = true;
    release();
  };
}
