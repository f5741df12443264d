import type { DeliveryCounts } from '../observe/delivery-counts.ts';
import { outboundSettings } from '../settings/outbound.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import type { Dispatcher } from './dispatcher.ts';
import { type EndedAttempt, type Ending, endingOf, type Outcome, withoutReports } from './ending.ts';
import { replyLine } from './reply-line.ts';
import { discardReports, firstOf, type ReportDeps, rowsOf, stageReports } from './reports/stage-reports.ts';
import type { Attempt, Deferral, HostAnswer, NewMessage, OutboundSpool, SpoolRow } from './spool.ts';
import type { RecipientResult } from './transport.ts';
import { writeSurely } from './write-surely.ts';

export interface SettleDeps extends ReportDeps {
  readonly spool: OutboundSpool;
  readonly clock: Clock;
  readonly holder: HolderId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Reports need not wait for the sweep. */
  readonly dispatcher: Dispatcher;
  readonly counts: DeliveryCounts;
}

/** What became of a row in this attempt. `bounced`: it is over, and some recipients did not get it. `held`: their report could not be made. */
export type Settled = 'finished' | 'bounced' | 'deferred' | 'held' | 'claim-lost';

/** Writes the end of an attempt in one durable step. @param rest undefined: the row is over. @returns false when the claim was lost, and nothing was done */
export type WriteEnding = (rest: Deferral | undefined, reports: readonly NewMessage[]) => Promise<boolean>;

/** Ends an attempt that never reached a recipient. @param reason begins with an enhanced code. @param never no later attempt can end otherwise */
export function settleUnreached(row: SpoolRow, reason: string, never: boolean, attempt: Attempt, deps: SettleDeps): Promise<Settled> {
  return settleAll(row, never ? 'failed' : 'later', reason, { attempt: bounded(attempt) }, deps);
}

/** Nothing was tried, and nothing will have changed before `retryAt` (ms since the epoch). Given up like any when its time is over. */
export function settleUntried(row: SpoolRow, reason: string, retryAt: number, deps: SettleDeps): Promise<Settled> {
  return settleAll(row, 'later', reason, { retryAt }, deps);
}

/** Ends a claimed row by an operator's wish: its senders are told that it failed. @param reason for the sender to read */
export function bounceRow(row: SpoolRow, reason: string, deps: SettleDeps): Promise<Settled> {
  const said = replyLine(reason);
  const answer = /^5\.\d{1,3}\.\d{1,3} /.test(said)
    ? said
    : `5.0.0 ${said === '' ? 'the administrator of the mail server returned it' : said}`;
  return settleAll(row, 'failed', answer, {}, deps);
}

/**
 * Ends an attempt by what the other side said to each recipient: who has it leaves the row and is never asked again, who was refused for
 * good leaves it with a report, the others stay.
 */
export function settleAnswered(row: SpoolRow, results: readonly RecipientResult[], attempt: Attempt, deps: SettleDeps): Promise<Settled> {
  const byAddress = new Map(results.map((result) => [result.address, result]));
  const outcomes = row.recipients.map((recipient): Outcome => {
    const result = byAddress.get(recipient.address);
    const reply = result === undefined ? '4.4.2 no answer for this recipient' : replyLine(result.reply);
    return { recipient, became: result === undefined ? 'later' : becameOf(result), answer: answerOf(reply, attempt) };
  });
  const refused = outcomes.filter(({ became }) => became === 'failed' || became === 'later');
  const reason = replyLine([...new Set(refused.map(({ recipient, answer }) => `${recipient.address}: ${answer.reply}`))].join('; '));
  const write = writeTo(row, deps);
  return settle({ row, outcomes, attempt: bounded(attempt) }, reason, (...ending) => writeSurely(() => write(...ending), deps.clock), deps);
}

/** @param write the durable step; with `reports` it must do all or nothing */
export async function settle(ended: EndedAttempt, reason: string, write: WriteEnding, deps: SettleDeps): Promise<Settled> {
  const { clock, settings, random } = deps;
  const plan = {
    schedule: settings.get(outboundSettings.retrySchedule),
    giveUpAfter: settings.get(outboundSettings.giveUpAfter),
    warnAfter: settings.get(outboundSettings.warnAfter),
    random,
  };
  const planned = endingOf(ended, clock.now(), plan);
  const reports = await staged(planned, ended.row, deps);
  const ending = reports === undefined ? withoutReports(planned, ended.row) : planned;
  const hold = reports === undefined && planned.failed.length > 0; // a warning or a confirmation that can't be made holds nothing up
  const rest = ending.left.length === 0 ? undefined : deferral(ended, ending, reason, hold);
  if (!(await written(ended.row, () => write(rest, reports ?? []), reports ?? [], deps))) return 'claim-lost';
  deps.dispatcher.wake(rowsOf(reports ?? []));
  tell(ended.row, ending, reports ?? [], deps);
  if (rest !== undefined) return hold ? 'held' : 'deferred';
  return ending.failed.length === 0 ? 'finished' : 'bounced';
}

const becameOf = (result: RecipientResult): Outcome['became'] => {
  if (result.result === 'accepted') return result.relayed === true ? 'relayed' : 'delivered';
  return result.permanent ? 'failed' : 'later';
};

function settleAll(
  row: SpoolRow,
  became: Outcome['became'],
  reason: string,
  how: Pick<EndedAttempt, 'attempt' | 'retryAt'>,
  deps: SettleDeps,
): Promise<Settled> {
  const said = replyLine(reason);
  const answer = { reply: said, at: how.attempt?.at ?? deps.clock.now() };
  const outcomes = row.recipients.map((recipient): Outcome => ({ recipient, became, answer }));
  return settle({ row, outcomes, ...how }, said, writeTo(row, deps), deps);
}

const writeTo =
  ({ id }: SpoolRow, { spool, holder }: SettleDeps): WriteEnding =>
  (rest, reports) =>
    rest === undefined ? spool.finish(id, holder, reports) : spool.defer(id, holder, rest, reports);

const deferral = ({ attempt }: EndedAttempt, { left, nextAttemptAt, history }: Ending, reason: string, hold: boolean): Deferral => ({
  recipients: left,
  nextAttemptAt,
  error: hold ? replyLine(`its report could not be made: ${reason}`) : reason,
  history,
  ...(hold ? { hold } : {}),
  ...(attempt === undefined ? { untried: true } : {}),
});

const stagingTries = 3;
const stagingPause = 1_000; // ms

/** @returns undefined when a report can't be made */
async function staged({ reports }: Ending, row: SpoolRow, deps: SettleDeps): Promise<readonly NewMessage[] | undefined> {
  for (let left = stagingTries - 1; ; left -= 1) {
    try {
      return await stageReports(reports, deps);
    } catch (error) {
      deps.log.failure('report-failed', error, { message: row.message, row: row.id });
      if (left === 0) return undefined;
      await deps.clock.sleep(stagingPause);
    }
  }
}

async function written(row: SpoolRow, write: () => Promise<boolean>, reports: readonly NewMessage[], deps: SettleDeps): Promise<boolean> {
  try {
    if (await write()) return true;
  } catch (error) {
    if (reports.length > 0 && (await isAsBefore(row, deps))) await discardReports(reports, deps);
    throw error;
  }
  await discardReports(reports, deps);
  return false;
}

/** A store that gave no answer may have done it all the same; then its reports are in the spool, and need their bodies. */
async function isAsBefore({ id }: SpoolRow, { spool, holder }: SettleDeps): Promise<boolean> {
  const row = await spool.get(id).catch(() => undefined);
  return row?.claimedBy === holder;
}

function tell({ message, id }: SpoolRow, { failed, reports }: Ending, staged: readonly NewMessage[], { log, counts }: SettleDeps): void {
  const about = { message, row: id };
  if (failed.length > 0) log.event('recipients-failed', { ...about, ...firstOf(failed) });
  for (const report of staged) log.event('report-written', { ...about, report: report.message });
  if (failed.length > 0) counts.failed(failed.length);
  if (reports.some(({ kind }) => kind === 'delayed')) counts.warned(1);
}

/** `host` only when it is the host's own reply. */
const answerOf = (reply: string, { at, host }: Attempt): HostAnswer =>
  host !== undefined && /^[245]\d\d\b/.test(reply) ? { reply, host, at } : { reply, at };

const bounded = (attempt: Attempt): Attempt => ({ ...attempt, result: replyLine(attempt.result) });
