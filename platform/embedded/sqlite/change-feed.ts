import type { Identifier } from '../../../core/accounts/acl.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Connection } from './connection.ts';
import { isBusy } from './connection.ts';
import { openForReading } from './open-database.ts';
import type { Effects } from './write.ts';

const pollEvery = 100; // ms
const mostPerPoll = 2000;

interface ChangeRow {
  readonly seq: number;
  readonly writer: string;
  readonly what: string;
}

/** What a row of `changes` says: mailboxes, whose names, accounts, whether settings changed. */
interface What {
  readonly m: readonly number[];
  readonly n?: readonly Identifier[];
  readonly a: readonly AccountId[];
  readonly s: number;
}

/**
 * Tells watchers of this process what this and other processes committed. Own commits come straight from the writer. For others', one
 * look per 100 ms, only while somebody watches, at PRAGMA data_version, which costs microseconds while nothing happened.
 */
export class ChangeFeed {
  readonly #sql: Connection;
  readonly #writer: string;
  readonly #watched = { mailboxes: new Map<number, Set<() => void>>(), names: new Map<Identifier, Set<() => void>>() };
  readonly #accounts = new Set<(id: AccountId) => void>();
  readonly #settings = new Set<() => void>();
  readonly #changed = { mailboxes: new Set<number>(), names: new Set<Identifier>() };
  #isTelling = false;
  #dataVersion: number | undefined;
  #lastSeq: number;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  /** @param file the database. @param writer whose changes come through `tell` already */
  constructor(file: string, writer: string) {
    this.#sql = openForReading(file);
    this.#writer = writer;
    this.#lastSeq = this.#sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM changes')?.seq ?? 0;
  }

  watchMailbox(id: number, heard: () => void): () => void {
    return this.#watch(this.#watched.mailboxes, id, heard);
  }

  watchNames(whose: Identifier, heard: () => void): () => void {
    return this.#watch(this.#watched.names, whose, heard);
  }

  watchAccounts(heard: (id: AccountId) => void): () => void {
    const one = (id: AccountId): void => heard(id);
    this.#accounts.add(one);
    return this.#watching(() => this.#accounts.delete(one));
  }

  watchSettings(heard: () => void): () => void {
    const one = (): void => heard();
    this.#settings.add(one);
    return this.#watching(() => this.#settings.delete(one));
  }

  /** A burst in one mailbox is told once per turn of the event loop. */
  tell({ mailboxes, names, accounts, settings }: Pick<Effects, 'mailboxes' | 'names' | 'accounts' | 'settings'>): void {
    if (this.#closed) return;
    for (const id of mailboxes) if (this.#watched.mailboxes.has(id)) this.#changed.mailboxes.add(id);
    for (const whose of names) if (this.#watched.names.has(whose)) this.#changed.names.add(whose);
    if (this.#changed.mailboxes.size + this.#changed.names.size > 0 && !this.#isTelling) {
      this.#isTelling = true;
      setImmediate(() => this.#tellChanged());
    }
    for (const id of accounts) for (const heard of [...this.#accounts]) heard(id);
    if (settings.size > 0) for (const heard of [...this.#settings]) heard();
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#sql.close();
  }

  #tellChanged(): void {
    this.#isTelling = false;
    const { mailboxes, names } = this.#watched;
    const heard = [
      ...[...this.#changed.mailboxes].flatMap((id) => [...(mailboxes.get(id) ?? [])]),
      ...[...this.#changed.names].flatMap((whose) => [...(names.get(whose) ?? [])]),
    ];
    this.#changed.mailboxes.clear();
    this.#changed.names.clear();
    if (!this.#closed) for (const one of heard) one();
  }

  #watch<K>(watched: Map<K, Set<() => void>>, key: K, heard: () => void): () => void {
    const watchers = watched.get(key) ?? new Set();
    watched.set(key, watchers);
    // A function of its own per watch, so that one callback can watch twice.
    const one = (): void => heard();
    watchers.add(one);
    return this.#watching(() => {
      watchers.delete(one);
      if (watchers.size === 0 && watched.get(key) === watchers) watched.delete(key);
    });
  }

  #watching(stop: () => void): () => void {
    this.#timer ??= setInterval(() => this.#poll(), pollEvery).unref();
    return () => {
      stop();
      const { mailboxes, names } = this.#watched;
      if (mailboxes.size + names.size + this.#accounts.size + this.#settings.size > 0) return;
      clearInterval(this.#timer);
      this.#timer = undefined;
    };
  }

  #poll(): void {
    try {
      const now = this.#sql.get<{ data_version: number }>('PRAGMA data_version')?.data_version;
      if (now === this.#dataVersion) return;
      const sql = 'SELECT seq, writer, what FROM changes WHERE seq > ? ORDER BY seq LIMIT ?';
      const rows = this.#sql.all<ChangeRow>(sql, this.#lastSeq, mostPerPoll);
      // A full page: the rest follows at the next look, whatever data_version says then.
      this.#dataVersion = rows.length === mostPerPoll ? undefined : now;
      this.#hear(rows);
    } catch (error) {
      if (!isBusy(error)) throw error;
    }
  }

  #hear(rows: readonly ChangeRow[]): void {
    const first = rows[0];
    if (first === undefined) return;
    // Rows between were swept while nobody watched here: what they said is unknown, so everybody is told.
    if (first.seq > this.#lastSeq + 1)
      this.tell({
        mailboxes: new Set(this.#watched.mailboxes.keys()),
        names: new Set(this.#watched.names.keys()),
        accounts: new Set(),
        settings: new Set(['changed']),
      });
    this.#lastSeq = rows.at(-1)?.seq ?? this.#lastSeq;
    for (const row of rows) {
      if (row.writer === this.#writer) continue;
      const { m, n, a, s } = JSON.parse(row.what) as What;
      const settings = new Set(s > 0 ? (['changed'] as const) : []);
      this.tell({ mailboxes: new Set(m), names: new Set(n), accounts: new Set(a), settings });
    }
  }
}
