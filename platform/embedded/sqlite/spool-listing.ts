import type { HopBacklog, SpoolFilter } from '../../../core/delivery/spool.ts';
import { hopOf, hopText } from '../../../core/delivery/spool-key.ts';
import type { Connection } from './connection.ts';
import { type SpoolColumns, spoolSelect } from './operations/spool-rows.ts';

/** Oldest first: ids of messages are in order of time. */
export function listRows(sql: Connection, { nextHop, held, text, limit }: SpoolFilter): readonly SpoolColumns[] {
  const asked: (readonly [condition: string, ...params: string[]])[] = [];
  if (nextHop !== undefined) asked.push(['s.hop = ?', hopText(nextHop)]);
  if (held !== undefined) asked.push([held ? 's.held = 1' : 's.held = 0']);
  if (text !== undefined) asked.push([containing, text.toLowerCase()]);
  const where = asked.length === 0 ? '' : `WHERE ${asked.map(([condition]) => condition).join(' AND ')}`;
  return sql.all<SpoolColumns>(
    `${spoolSelect} ${where} ORDER BY s.message, s.part LIMIT ?`,
    ...asked.flatMap(([, ...params]) => params),
    limit,
  );
}

/** Of the recipients' JSON only the addresses: what was answered about one of them is the last error anyway. */
const containing = `instr(lower(s.message || '.' || s.part || char(10) || s.reverse_path || char(10) || coalesce(s.last_error, '') || char(10) ||
  (SELECT group_concat(value ->> 'address', char(10)) FROM json_each(s.recipients))), ?) > 0`;

interface Group {
  readonly hop: string;
  readonly held: number;
  readonly last_error: string | null;
  readonly amount: number;
  readonly oldest: number;
  readonly soonest: number;
}

export function backlogOf(sql: Connection): readonly HopBacklog[] {
  const groups = sql.all<Group>(
    `SELECT hop, held, last_error, count(*) AS amount, min(accepted_at) AS oldest, min(ready_at) AS soonest
      FROM spool GROUP BY hop, held, last_error`,
  );
  return [...Map.groupBy(groups, ({ hop }) => hop)].map(([hop, those]) => hopBacklog(hop, those));
}

function hopBacklog(hop: string, groups: readonly Group[]): HopBacklog {
  const moving = groups.filter(({ held }) => held === 0);
  const error = commonError(groups);
  return {
    nextHop: hopOf(hop),
    rows: sum(groups),
    held: sum(groups.filter(({ held }) => held === 1)),
    oldest: Math.min(...groups.map(({ oldest }) => oldest)),
    ...(moving.length === 0 ? {} : { soonest: Math.min(...moving.map(({ soonest }) => soonest)) }),
    ...(error === undefined ? {} : { error }),
  };
}

function commonError(groups: readonly Group[]): HopBacklog['error'] {
  const byText = Map.groupBy(groups, ({ last_error }) => last_error);
  const errors = [...byText].flatMap(([text, those]) => (text === null ? [] : [{ text, rows: sum(those) }]));
  return errors.toSorted((a, b) => b.rows - a.rows)[0];
}

const sum = (groups: readonly Group[]): number => groups.reduce((total, { amount }) => total + amount, 0);
