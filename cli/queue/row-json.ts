import type { Attempt, HopBacklog, HostAnswer, SpoolRecipient, SpoolRow } from '../../core/delivery/spool.ts';
import { hopText, stateOf } from './row-state.ts';

const timeJson = (at: number): string => new Date(at).toISOString();

export const rowJson = (row: SpoolRow, now: number): object => ({
  id: row.id,
  message: row.message,
  state: stateOf(row, now),
  from: row.reversePath,
  to: row.recipients.map(({ address }) => address),
  nextHop: hopText(row.nextHop),
  via: row.via ?? null,
  size: row.facts.size,
  messageId: row.facts.envelope.messageId ?? null,
  submittedBy: row.submittedBy ?? null,
  acceptedAt: timeJson(row.acceptedAt),
  nextAttemptAt: timeJson(row.nextAttemptAt),
  attempts: row.attempts,
  lastError: row.lastError ?? null,
});

/** All there is to tell of one row. */
export const wholeRowJson = (row: SpoolRow, now: number): object => ({
  ...rowJson(row, now),
  recipients: row.recipients.map(recipientJson),
  settled: row.history.settled.map(({ address, result, answer }) => ({ address, result, ...answerJson(answer) })),
  history: row.history.attempts.map(attemptJson),
  warnedAt: row.history.warnedAt === undefined ? null : timeJson(row.history.warnedAt),
  requireTls: row.requireTls === true,
});

const recipientJson = ({ address, account, notify, original, last }: SpoolRecipient): object => ({
  address,
  account: account ?? null,
  notify: notify ?? null,
  original: original ?? null,
  last: last === undefined ? null : answerJson(last),
});

const answerJson = ({ reply, host, at }: HostAnswer): object => ({ reply, host: host ?? null, at: timeJson(at) });

const attemptJson = ({ at, host, ip, result, dialogue }: Attempt): object => ({
  at: timeJson(at),
  host: host ?? null,
  ip: ip ?? null,
  result,
  dialogue: dialogue ?? null,
});

export const backlogJson = ({ nextHop, rows, held, oldest, soonest, error }: HopBacklog): object => ({
  nextHop: hopText(nextHop),
  rows,
  held,
  oldest: timeJson(oldest),
  nextAttemptAt: soonest === undefined ? null : timeJson(soonest),
  error: error ?? null,
});
