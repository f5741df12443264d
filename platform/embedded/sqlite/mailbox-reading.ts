import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyAcl } from '../../../core/accounts/acl.ts';
import { parseMailboxName } from '../../../core/mailbox/mailbox-name.ts';
import type { FlagRow, MailboxStatus, MailboxStore, MessageRecord, SizeRow } from '../../../core/mailbox/mailbox-store.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { Flag } from '../../../core/values/flags.ts';
import type { BodyId, MailboxId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import type { NumberSet } from '../../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { Connection } from './connection.ts';
import { contentsOf, deltaOf, flagsBetween, flagsOf, snapshotOf } from './flag-reading.ts';
import { listEntries } from './mailbox-list.ts';
import { mailboxNumber, mailboxOf, openedRow, statusIfThere, statusOf } from './mailbox-rows.ts';
import { flagless } from './operations/flag-blocks.ts';
import { type MailboxRow, mailboxColumns } from './operations/mailboxes.ts';
import { collect, type Reads } from './reads.ts';
import { dateOf } from './stored-facts.ts';
import { uidsWhere } from './uids-where.ts';

interface RecordColumns {
  readonly uid: Uid;
  readonly date: number;
  readonly saved: number | null;
  readonly id: BodyId;
  readonly prefix: string;
  readonly size: number;
  readonly facts: string;
}

/** What MailboxStore answers without changing anything. */
export type MailboxReading = Pick<
  MailboxStore,
  | 'acl'
  | 'sharers'
  | 'sharedBy'
  | 'list'
  | 'find'
  | 'status'
  | 'statuses'
  | 'contents'
  | 'snapshot'
  | 'flags'
  | 'sizes'
  | 'changesSince'
  | 'envelopesWith'
  | 'messages'
>;

export function mailboxReading(reads: Reads): MailboxReading {
  return {
    list: (account) => reads.now((sql) => listEntries(sql, account)),

    async find(account, name) {
      const known = parseMailboxName(name);
      if (known === undefined) return undefined;
      const row = await reads.one((sql) =>
        sql.get<MailboxRow>(`SELECT ${mailboxColumns} FROM mailboxes WHERE account = ? AND name = ?`, account, known),
      );
      return row === undefined ? undefined : mailboxOf(row);
    },

    acl: (mailbox) => reads.now((sql) => openedRow(sql, mailboxNumber(mailbox)).acl ?? emptyAcl),

    async sharers(identifiers) {
      const places = identifiers.map(() => '?').join(', ');
      const wanted = `SELECT DISTINCT owner FROM mentions WHERE identifier IN (${places}) ORDER BY owner`;
      const rows = await reads.one((sql) => sql.all<{ owner: AccountId }>(wanted, ...identifiers));
      return rows.map(({ owner }) => owner);
    },

    async sharedBy(owner, identifiers) {
      const places = identifiers.map(() => '?').join(', ');
      const wanted = `SELECT ${mailboxColumns} FROM mailboxes WHERE id IN
        (SELECT mailbox FROM mentions WHERE owner = ? AND identifier IN (${places}))`;
      return (await reads.one((sql) => sql.all<MailboxRow>(wanted, owner, ...identifiers))).map(mailboxOf);
    },

    status: (mailbox) => reads.now((sql) => statusOf(sql, mailboxNumber(mailbox))),
    statuses: (mailboxes) => statusesOf(reads, mailboxes),
    contents: (mailbox) => reads.snapshot((sql) => contentsOf(sql, mailboxNumber(mailbox))),
    snapshot: (mailbox) => reads.snapshot((sql) => snapshotOf(sql, mailboxNumber(mailbox))),
    flags: (mailbox, uids) => reads.snapshot((sql) => flagsOf(sql, mailboxNumber(mailbox), uids)),
    sizes: (mailbox) => reads.snapshot((sql) => sizesOf(sql, mailboxNumber(mailbox))),
    changesSince: (mailbox, modseq) => reads.snapshot((sql) => deltaOf(sql, mailboxNumber(mailbox), modseq)),
    envelopesWith: (mailbox, uids, texts, signal) => envelopesWith(reads, mailboxNumber(mailbox), uids, texts, signal),
    messages: (mailbox, uids) => records(reads, mailboxNumber(mailbox), uids),
  };
}

/** Mailboxes whose counts are read in one turn of the event loop: about a millisecond. */
const statusesPerTurn = 200;

async function statusesOf(reads: Reads, mailboxes: readonly MailboxId[]): Promise<ReadonlyMap<MailboxId, MailboxStatus>> {
  const found = new Map<MailboxId, MailboxStatus>();
  for (let at = 0; at < mailboxes.length; at += statusesPerTurn) {
    for (const mailbox of mailboxes.slice(at, at + statusesPerTurn)) {
      const status = await reads.one((sql) => statusIfThere(sql, mailboxNumber(mailbox)));
      if (status !== undefined) found.set(mailbox, status);
    }
    await nextTurn();
  }
  return found;
}

async function sizesOf(sql: Connection, mailbox: number): Promise<readonly SizeRow[]> {
  statusOf(sql, mailbox);
  const rows = sql.iterate<{ uid: number; size: number }>('SELECT uid, size FROM messages WHERE mailbox = ? ORDER BY uid', mailbox);
  return await collect(rows, ({ uid, size }) => ({ uid: uid as Uid, size }));
}

function envelopesWith(
  reads: Reads,
  mailbox: number,
  uids: NumberSet,
  texts: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NumberSet> {
  const holds = texts.map(() => 'instr(b.envelope, ?)').join(' OR ');
  const wanted = `SELECT m.uid FROM messages m JOIN bodies b ON b.seq = m.body
    WHERE m.mailbox = ? AND m.uid BETWEEN ? AND ? AND (b.envelope IS NULL OR ${holds})`;
  return uidsWhere(
    (read) => reads.one(read),
    mailbox,
    uids,
    (sql, { from, to }) => sql.all<{ uid: number }>(wanted, mailbox, from, to, ...texts).map(({ uid }) => uid),
    signal,
  );
}

const recordsPerPage = 100;
/** Lone UIDs that are asked for one by one before the event loop gets its turn. */
const queriesPerTurn = 100;

/** Page by page in UID order: a message expunged meanwhile is passed over, one that came meanwhile may be in it. */
async function* records(reads: Reads, mailbox: number, uids: NumberSet): AsyncGenerator<MessageRecord> {
  await reads.now((sql) => statusOf(sql, mailbox));
  let queries = 0;
  for (const { from, to } of uids) {
    for (let next: number | undefined = from; next !== undefined && next <= to; ) {
      const page: readonly MessageRecord[] = await reads.now((sql) => recordPage(sql, mailbox, next ?? from, to));
      for (const record of page) yield record; // yield* waits for each
      const last = page.length === recordsPerPage ? page.at(-1) : undefined;
      next = last === undefined ? undefined : last.uid + 1;
      queries += 1;
      if (last !== undefined || queries % queriesPerTurn === 0) await nextTurn();
    }
  }
}

function recordPage(sql: Connection, mailbox: number, from: number, to: number): readonly MessageRecord[] {
  const rows = sql.all<RecordColumns>(
    `SELECT m.uid, m.date, m.saved, b.id, m.prefix, m.size, b.facts FROM messages m JOIN bodies b ON b.seq = m.body
      WHERE m.mailbox = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT ?`,
    mailbox,
    from,
    to,
    recordsPerPage,
  );
  const last = rows.at(-1);
  if (last === undefined) return [];
  const flags = flagsBetween(sql, mailbox, { from: rows[0]?.uid ?? from, to: last.uid });
  return rows.map((row) => new StoredRecord(row, flags.get(row.uid) ?? flagless(mailbox, row.uid)));
}

/** A row as a record. Facts are parsed when they are asked for: FETCH FLAGS and RFC822.SIZE never do. */
class StoredRecord implements MessageRecord {
  readonly uid: Uid;
  readonly flags: readonly Flag[];
  readonly modseq: Modseq;
  readonly internalDate: number;
  readonly savedAt?: number;
  readonly body: BodyId;
  readonly prefix: string;
  readonly size: number;
  #facts: MessageFacts | string;

  constructor(row: RecordColumns, { flags, modseq }: FlagRow) {
    this.uid = row.uid;
    this.flags = flags;
    this.modseq = modseq;
    this.internalDate = row.date;
    if (row.saved !== null) this.savedAt = row.saved;
    this.body = row.id;
    this.prefix = row.prefix;
    this.size = row.size;
    this.#facts = row.facts;
  }

  get sentAt(): number | undefined {
    return typeof this.#facts === 'string' ? dateOf(this.#facts) : this.#facts.date;
  }

  get facts(): MessageFacts {
    if (typeof this.#facts === 'string') this.#facts = JSON.parse(this.#facts) as MessageFacts;
    return this.#facts;
  }
}
