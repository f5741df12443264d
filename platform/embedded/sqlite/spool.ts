import { wishesOf, wishesText } from '../../../core/delivery/row-wishes.ts';
import {
  type Deferral,
  type Due,
  type LocalCopy,
  type MostDue,
  type NewMessage,
  type NewSpoolRow,
  noHistory,
  type RowHistory,
  type Spool,
  type SpoolRecipient,
  type SpoolRow,
} from '../../../core/delivery/spool.ts';
import { hopOf, hopText, parseSpoolRowId, type SpoolKey, spoolRowId } from '../../../core/delivery/spool-key.ts';
import { storeFlags } from '../../../core/mailbox/stored-flags.ts';
import type { AccountId, ReversePath } from '../../../core/values/address.ts';
import type { Clock } from '../../../core/values/clock.ts';
import type { BodyId, HolderId, SpoolRowId } from '../../../core/values/ids.ts';
import type { MessageFacts } from '../../../core/values/message-facts.ts';
import type { Connection } from './connection.ts';
import { mailboxNumber } from './mailbox-rows.ts';
import { appendedOf } from './mailbox-store.ts';
import type { CopyToDeliver } from './operations/deliver.ts';
import type { AddToSpool, DeferRow, RowToSpool } from './operations/spool.ts';
import { type SpoolColumns, spoolRow } from './operations/spool-rows.ts';
import type { Reads } from './reads.ts';
import { backlogOf, listRows } from './spool-listing.ts';
import type { StagedBodies } from './staged-bodies.ts';
import type { Writer } from './writer.ts';

export interface SpoolDeps {
  readonly reads: Reads;
  readonly writer: Writer;
  readonly staged: StagedBodies;
  readonly clock: Clock;
}

export interface EmbeddedSpool extends Spool {
  /** Frees the rows that a holder had claimed. Only for one that is proven dead (HolderLocks). @returns rows */
  endClaims(by: HolderId): Promise<number>;
}

export function sqliteSpool(deps: SpoolDeps): EmbeddedSpool {
  return { ...taking(deps), ...working(deps), ...operating(deps), endClaims: (by) => deps.writer.run('endClaims', { by }) };
}

function taking({ writer, staged, clock }: SpoolDeps): Pick<Spool, 'add' | 'addDelivered'> {
  return {
    async add(message, body, rows, acceptedAt) {
      // The file of a body that was not needed is swept away with those that crashes left.
      const known = await staged.taking([body.id], () =>
        writer.run('addToSpool', messageToSpool({ message, body, rows, acceptedAt }, staged)),
      );
      if (known.length > 0) return known.map(rowOf);
      return rows.map((row, part) => ({
        ...row,
        id: spoolRowId({ message, part }),
        message,
        body: body.id,
        facts: body.facts,
        acceptedAt,
        nextAttemptAt: acceptedAt,
        attempts: 0,
        history: noHistory,
        held: false,
      }));
    },
    async addDelivered(body, copies) {
      const inboxes = copies.map(({ account, prefix, internalDate, junk = false, deliveryKey }) => ({
        account,
        prefix,
        date: internalDate,
        junk,
        ...(deliveryKey === undefined ? {} : { key: deliveryKey }),
      }));
      const args = { body: staged.toTake(body.id), copies: inboxes, now: clock.now() };
      const delivered = await writer.run('addDelivered', args);
      if (delivered) staged.drop(body.id);
      return delivered;
    },
  };
}

type Working = 'claimDue' | 'claim' | 'renewClaim' | 'giveBack' | 'finish' | 'defer' | 'deliver' | 'due';

function working({ reads, writer, staged, clock }: SpoolDeps): Pick<Spool, Working> {
  /** The reports' bodies stay staged when the claim was lost, or the write failed. */
  const reporting = async <T>(
    reports: readonly NewMessage[],
    lost: NoInfer<T>,
    write: (rows: readonly AddToSpool[]) => Promise<T>,
  ): Promise<T> => {
    const answer = await write(reports.map((report) => messageToSpool(report, staged)));
    if (answer !== lost) for (const { body } of reports) staged.drop(body.id);
    return answer;
  };
  return {
    async claimDue(nextHop, now, claim, most) {
      return (await writer.run('claimDue', { hop: hopText(nextHop), now, claim, most })).map(rowOf);
    },
    async claim(id, now, claim, held = false) {
      const row = await ofRow(id, undefined, (key) => writer.run('claimRow', { key, now, claim, held }));
      return row === undefined ? undefined : rowOf(row);
    },
    renewClaim: (id, claim) => ofRow(id, false, (key) => writer.run('renewClaim', { key, claim })),
    giveBack: (id, by) => ofRow(id, false, (key) => writer.run('giveBack', { key, by })),
    finish: (id, by, reports = []) =>
      ofRow(id, false, (key) => reporting(reports, false, (rows) => writer.run('finishRow', { key, by, reports: rows }))),
    defer: (id, by, again, reports = []) =>
      ofRow(id, false, (key) =>
        reporting(reports, false, (rows) => writer.run('deferRow', { key, by, ...deferralColumns(again), reports: rows })),
      ),
    async deliver(id, by, copies, rest, reports = []) {
      const args = {
        by,
        copies: copies.map(copyToDeliver),
        rest: rest === undefined ? undefined : deferralColumns(rest),
        now: clock.now(),
      };
      const answer = await ofRow(id, 'claim-lost' as const, (key) =>
        reporting(reports, 'claim-lost', (rows) => writer.run('deliver', { key, ...args, reports: rows })),
      );
      return answer === 'claim-lost' ? answer : answer.map((one) => (one === 'gone' ? one : appendedOf(one)));
    },
    due: (now, most) => reads.now((sql) => dueHops(sql, now, most)),
  };
}

function operating({
  reads,
  writer,
}: SpoolDeps): Pick<Spool, 'list' | 'backlog' | 'get' | 'retry' | 'hold' | 'release' | 'reroute' | 'delete'> {
  return {
    backlog: () => reads.now((sql) => backlogOf(sql)),
    list: (filter) => reads.now((sql) => listRows(sql, filter).map(rowOf)),
    async get(id) {
      const row = await ofRow(id, undefined, (key) => reads.now((sql) => spoolRow({ sql }, key)));
      return row === undefined ? undefined : rowOf(row);
    },
    retry: (id, now) => ofRow(id, false, (key) => writer.run('retryRow', { key, now })),
    hold: (id, reason) => ofRow(id, false, (key) => writer.run('holdRow', { key, reason })),
    release: (id) => ofRow(id, false, (key) => writer.run('releaseRow', { key })),
    reroute: (id, via) => ofRow(id, false, (key) => writer.run('rerouteRow', { key, via: via ?? null })),
    delete: (id, now) => ofRow(id, false, (key) => writer.run('deleteRow', { key, now })),
  };
}

async function ofRow<T, N>(id: SpoolRowId, none: N, act: (key: SpoolKey) => Promise<T>): Promise<T | N> {
  const key = parseSpoolRowId(id);
  return key === undefined ? none : await act(key);
}

/** Jumps from hop to hop in the index, so that it costs what there are hops, not rows. */
const hopsAndTheirFirst = `WITH RECURSIVE hops (hop) AS (
    SELECT min(hop) FROM spool WHERE held = 0
    UNION ALL SELECT (SELECT min(s.hop) FROM spool s WHERE s.held = 0 AND s.hop > hops.hop) FROM hops WHERE hops.hop IS NOT NULL
  ) SELECT hop, (SELECT min(ready_at) FROM spool s WHERE s.held = 0 AND s.hop = hops.hop) AS ready_at FROM hops WHERE hop IS NOT NULL`;

const rowsOfHop = 'SELECT count(*) AS rows FROM (SELECT 1 FROM spool WHERE held = 0 AND hop = ? AND ready_at <= ? LIMIT ?)';

function dueHops(sql: Connection, now: number, most: MostDue): Due {
  const all = sql.all<{ hop: string; ready_at: number }>(hopsAndTheirFirst);
  const due = all.filter(({ ready_at }) => ready_at <= now).sort((a, b) => a.ready_at - b.ready_at);
  const hops = due.slice(0, most.hops).map(({ hop, ready_at }) => ({
    nextHop: hopOf(hop),
    rows: sql.get<{ rows: number }>(rowsOfHop, hop, now, most.rows)?.rows ?? 0,
    since: ready_at,
  }));
  const later = all.filter(({ ready_at }) => ready_at > now).map(({ ready_at }) => ready_at);
  return later.length === 0 ? { hops } : { hops, soonest: later.reduce((a, b) => Math.min(a, b)) };
}

const messageToSpool = ({ message, body, rows, acceptedAt }: NewMessage, staged: StagedBodies): AddToSpool => ({
  message,
  body: staged.toTake(body.id),
  rows: rows.map(rowToSpool),
  acceptedAt,
});

function rowToSpool(row: NewSpoolRow): RowToSpool {
  const { nextHop, reversePath, recipients, declared, submittedBy } = row;
  return {
    hop: hopText(nextHop),
    reversePath,
    recipients: JSON.stringify(recipients),
    eightBit: declared.eightBit ? 1 : 0,
    utf8: declared.utf8 ? 1 : 0,
    submittedBy: submittedBy ?? null,
    wishes: wishesText(row) ?? null,
  };
}

const deferralColumns = ({
  recipients,
  nextAttemptAt,
  error,
  hold,
  history,
  untried,
}: Deferral): Omit<DeferRow, 'key' | 'by' | 'reports'> => ({
  recipients: JSON.stringify(recipients),
  nextAttemptAt,
  error,
  hold: hold === true ? 1 : 0,
  history: history === undefined ? null : JSON.stringify(history),
  tried: untried === true ? 0 : 1,
});

const copyToDeliver = ({ mailbox, prefix, flags, internalDate, deliveryKey }: LocalCopy): CopyToDeliver => ({
  ...storeFlags(flags),
  mailbox: mailboxNumber(mailbox),
  prefix,
  date: internalDate,
  key: deliveryKey,
});

const rowOf = (row: SpoolColumns): SpoolRow => ({
  id: spoolRowId(row),
  message: row.message,
  body: row.body_id as BodyId,
  facts: JSON.parse(row.facts) as MessageFacts,
  nextHop: hopOf(row.hop),
  reversePath: row.reverse_path as ReversePath,
  recipients: JSON.parse(row.recipients) as readonly SpoolRecipient[],
  declared: { eightBit: row.eight_bit === 1, utf8: row.utf8 === 1 },
  acceptedAt: row.accepted_at,
  nextAttemptAt: row.next_attempt_at,
  attempts: row.attempts,
  history: row.history === null ? noHistory : (JSON.parse(row.history) as RowHistory),
  held: row.held === 1,
  ...wishesOf(row.wishes),
  ...(row.via === null ? {} : { via: row.via }),
  ...(row.submitted_by === null ? {} : { submittedBy: row.submitted_by as AccountId }),
  ...(row.last_error === null ? {} : { lastError: row.last_error }),
  ...(row.claimed_by === null ? {} : { claimedBy: row.claimed_by }),
  ...(row.claimed_until === null ? {} : { claimedUntil: row.claimed_until }),
});
