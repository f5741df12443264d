import { setImmediate as nextTurn } from 'node:timers/promises';
import { emptyAcl } from '../../../core/accounts/acl.ts';
import { parseMailboxName } from '../../../core/mailbox/mailbox-name.ts';
import type { FlagRow, MailboxDelta, MailboxStatus, MailboxStore, MessageRecord, SizeRow } from '../../../core/mailbox/mailbox-store.ts';
import { readFlags } from '../../../core/mailbox/stored-flags.ts';
import type { AccountId } from '../../../core/values/address.ts';
import type { BodyId, MailboxId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import { mergeRanges, type NumberSet } from '../../../core/values/number-set.ts';
import type { Modseq, Uid } from '../../../core/values/uid.ts';
import type { Connection } from './connection.ts';
import { inOrder } from './in-order.ts';
import { listEntries } from './mailbox-list.ts';
import { mailboxNumber, mailboxOf, openedRow, statusIfThere, statusOf } from './mailbox-rows.ts';
import { type MailboxRow, mailboxColumns } from './operations/mailboxes.ts';
import { collect, type Reads } from './reads.ts';

interface FlagColumns {
  readonly uid: number;
  readonly modseq: number;
  readonly flags: number;
  readonly keywords: string;
}

interface RecordColumns extends FlagColumns {
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
  'acl' | 'sharers' | 'list' | 'find' | 'status' | 'statuses' | 'snapshot' | 'flags' | 'sizes' | 'changesSince' | 'messages'
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

    status: (mailbox) => reads.now((sql) => statusOf(sql, mailboxNumber(mailbox))),
    statuses: (mailboxes) => statusesOf(reads, mailboxes),
    snapshot: (mailbox) => reads.snapshot((sql) => snapshotOf(sql, mailboxNumber(mailbox))),
    flags: (mailbox, uids) => reads.snapshot((sql) => flagsOf(sql, mailboxNumber(mailbox), uids)),
    sizes: (mailbox) => reads.snapshot((sql) => sizesOf(sql, mailboxNumber(mailbox))),
    changesSince: (mailbox, modseq) => reads.snapshot((sql) => deltaOf(sql, mailboxNumber(mailbox), modseq)),
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

async function snapshotOf(
  sql: Connection,
  mailbox: number,
): Promise<{ readonly rows: readonly FlagRow[]; readonly status: MailboxStatus }> {
  const status = statusOf(sql, mailbox);
  const rows = sql.iterate<FlagColumns>('SELECT uid, modseq, flags, keywords FROM messages WHERE mailbox = ? ORDER BY uid', mailbox);
  return { status, rows: await collect(rows, flagRow) };
}

async function flagsOf(sql: Connection, mailbox: number, uids: NumberSet): Promise<readonly FlagRow[]> {
  statusOf(sql, mailbox);
  return await collect(flagRowsIn(sql, mailbox, uids), flagRow);
}

function* flagRowsIn(sql: Connection, mailbox: number, uids: NumberSet): Generator<FlagColumns> {
  const wanted = 'SELECT uid, modseq, flags, keywords FROM messages WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid';
  for (const { from, to } of uids) yield* sql.iterate<FlagColumns>(wanted, mailbox, from, to);
}

async function sizesOf(sql: Connection, mailbox: number): Promise<readonly SizeRow[]> {
  statusOf(sql, mailbox);
  const rows = sql.iterate<{ uid: number; size: number }>('SELECT uid, size FROM messages WHERE mailbox = ? ORDER BY uid', mailbox);
  return await collect(rows, ({ uid, size }) => ({ uid: uid as Uid, size }));
}

async function deltaOf(sql: Connection, mailbox: number, modseq: Modseq): Promise<MailboxDelta> {
  const { status, acl } = openedRow(sql, mailbox);
  const { highestModseq, uidNext } = status;
  const now = { highestModseq, uidNext, ...(acl && { acl }) };
  if (modseq >= highestModseq) return { changed: [], vanished: [], ...now };
  const changed = await collect(
    sql.iterate<FlagColumns>('SELECT uid, modseq, flags, keywords FROM messages WHERE mailbox = ? AND modseq > ?', mailbox, modseq),
    flagRow,
  );
  const gone = await collect(
    sql.iterate<{ uid_from: number; uid_to: number }>(
      'SELECT uid_from, uid_to FROM expunged WHERE mailbox = ? AND modseq > ?',
      mailbox,
      modseq,
    ),
    (row) => ({ from: row.uid_from, to: row.uid_to }),
  );
  const vanished = mergeRanges(await inOrder(gone, ({ from }) => from));
  return { changed: await inOrder(changed, ({ uid }) => uid), vanished, ...now };
}

const flagRow = (row: FlagColumns): FlagRow => ({ uid: row.uid as Uid, flags: readFlags(row), modseq: BigInt(row.modseq) as Modseq });

const recordsPerPage = 100;
/** Lone UIDs that are asked for one by one before the event loop gets its turn. */
const queriesPerTurn = 100;

/** Page by page in UID order: a message expunged meanwhile is passed over, one that came meanwhile may be in it. */
async function* records(reads: Reads, mailbox: number, uids: NumberSet): AsyncGenerator<MessageRecord> {
  await reads.now((sql) => statusOf(sql, mailbox));
  let queries = 0;
  for (const { from, to } of uids) {
    for (let next: number | undefined = from; next !== undefined && next <= to; ) {
      const page: readonly RecordColumns[] = await reads.one((sql) => recordPage(sql, mailbox, next ?? from, to));
      for (const row of page) yield recordOf(row);
      const last = page.length === recordsPerPage ? page.at(-1) : undefined;
      next = last === undefined ? undefined : last.uid + 1;
      queries += 1;
      if (last !== undefined || queries % queriesPerTurn === 0) await nextTurn();
    }
  }
}

const recordPage = (sql: Connection, mailbox: number, from: number, to: number): readonly RecordColumns[] =>
  sql.all<RecordColumns>(
    `SELECT m.uid, m.modseq, m.flags, m.keywords, m.date, m.saved, b.id, m.prefix, m.size, b.facts FROM messages m JOIN bodies b ON b.seq = m.body
      WHERE m.mailbox = ? AND m.uid BETWEEN ? AND ? ORDER BY m.uid LIMIT ?`,
    mailbox,
    from,
    to,
    recordsPerPage,
  );

function recordOf(row: RecordColumns): MessageRecord {
  let facts: MessageFacts | undefined;
  return {
    ...flagRow(row),
    internalDate: row.date,
    ...(row.saved === null ? {} : { savedAt: row.saved }),
    body: row.id,
    prefix: row.prefix,
    size: row.size,
    // Parsed only when asked for: FETCH FLAGS and RFC822.SIZE never do.
    get facts(): MessageFacts {
      facts ??= JSON.parse(row.facts) as MessageFacts;
      return facts;
    },
  };
}
