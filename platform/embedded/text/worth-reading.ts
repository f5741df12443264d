import type { NumberRange, NumberSet } from '../../../core/values/number-set.ts';
import type { Connection } from '../sqlite/connection.ts';
import { uidsWhere } from '../sqlite/uids-where.ts';
import { matchOf, threesOf } from './threes.ts';

/** Bodies with the threes of a needle, among those of some thousand messages: with more of them all are read. */
const mostBodies = 2_000;
/** Of a mailbox whose messages stand wider apart, with others' bodies between them, the index is not asked so: it would keep all waiting. */
const widest = 500_000;

/**
 * Messages that may have one of the needles, without a look at each by itself: the index names bodies, and SQL finds whose they are.
 * @param sql a snapshot of mail and index. @param needles in the form of casemap
 */
export function messagesWorthReading(
  sql: Connection,
  mailbox: number,
  uids: NumberSet,
  needles: readonly string[],
  signal?: AbortSignal,
): Promise<NumberSet> {
  // Up to there every body has its entry, see index-turn.
  const upTo = sql.get<{ seq: number }>(lastIndexed)?.seq ?? 0;
  const inPrefix = needles.map(() => 'instr(upper(m.prefix), ?)').join(' OR ');
  const worthReading = `${inWindow('m.uid')} AND (m.body > ? OR m.body IN (SELECT value FROM json_each(?)) OR (m.prefix <> '' AND (${oddPrefix} OR ${inPrefix})))`;
  const find = (window: Connection, range: NumberRange): readonly { readonly uid: number }[] => {
    const at = [mailbox, range.from, range.to];
    const bodies = bodiesWith(window, at, needles);
    if (bodies === undefined) return window.all(inWindow('m.uid'), ...at);
    return window.all(worthReading, ...at, upTo, JSON.stringify(bodies), ...needles);
  };
  return uidsWhere(
    async (read) => read(sql),
    mailbox,
    uids,
    (window, range) => find(window, range).map(({ uid }) => uid),
    signal,
  );
}

const lastIndexed = `SELECT i.seq FROM texts.indexed i WHERE EXISTS (SELECT 1 FROM bodies b WHERE b.seq = i.seq AND b.id = i.id)
  ORDER BY i.seq DESC LIMIT 1`;

const inWindow = (columns: string): string => `SELECT ${columns} FROM messages m WHERE m.mailbox = ? AND m.uid BETWEEN ? AND ?`;

/**
 * The index knows bodies; what stands before them at delivery is of each mailbox. One that is folded, encoded or not plain may be read in other ways
 * together with the header: what is left is in the form of casemap once it is in capitals.
 */
const oddPrefix = `length(m.prefix) <> octet_length(m.prefix) OR instr(m.prefix, '=?') OR instr(m.prefix, char(10) || ' ')
  OR instr(m.prefix, char(9)) OR substr(m.prefix, -2) <> char(13, 10)`;

/** @returns bodies of the window that may have one of the needles, or say nothing; others may be among them. undefined: too many */
function bodiesWith(sql: Connection, at: readonly number[], needles: readonly string[]): readonly number[] | undefined {
  const { low, high } =
    sql.get<{ low: number | null; high: number | null }>(inWindow('min(m.body) AS low, max(m.body) AS high'), ...at) ?? {};
  if (low === undefined || high === undefined || low === null || high === null) return [];
  if (high - low > widest) return undefined;
  const bodies = sql.all<{ seq: number }>('SELECT seq FROM texts.indexed WHERE whole = 0 AND seq BETWEEN ? AND ?', low, high);
  const all = bodies.map(({ seq }) => seq);
  for (const needle of needles) {
    const threes = threesOf(needle);
    if (threes.length === 0) return undefined;
    const found = sql.all<{ rowid: number }>(holding, matchOf(threes), low, high, mostBodies + 1);
    if (found.length > mostBodies) return undefined;
    for (const { rowid } of found) all.push(rowid);
  }
  return all;
}

const holding = 'SELECT rowid FROM texts.texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ? LIMIT ?';
