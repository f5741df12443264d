import { isWanted, type Report, type ReportedRecipient, type ReportKind } from './reports/report.ts';
import { nextAttempt, type RetryPlan } from './retry-schedule.ts';
import type { Attempt, HostAnswer, RowHistory, SettledRecipient, SpoolRecipient, SpoolRow } from './spool.ts';

/** What an attempt came to for one recipient. `relayed`: delivered to a host that reports nothing itself. */
export interface Outcome {
  readonly recipient: SpoolRecipient;
  readonly became: 'delivered' | 'relayed' | 'failed' | 'later';
  readonly answer: HostAnswer;
}

/** An attempt that is over. */
export interface EndedAttempt {
  readonly row: SpoolRow;
  /** One per recipient of the row. */
  readonly outcomes: readonly Outcome[];
  /** Undefined: nothing was tried. */
  readonly attempt?: Attempt;
  /** ms since the epoch: takes the place of the schedule. */
  readonly retryAt?: number;
}

export interface EndingPlan extends RetryPlan {
  /** Seconds since acceptance; 0 = the sender is never told of a delay. */
  readonly warnAfter: number;
}

/** What is left of a row after an attempt, and who is to be told what. */
export interface Ending {
  /** To be tried again; empty: the row is over. */
  readonly left: readonly SpoolRecipient[];
  readonly nextAttemptAt: number;
  readonly history: RowHistory;
  readonly reports: readonly Report[];
  /** Recipients that failed for good. */
  readonly failed: readonly ReportedRecipient[];
}

const mostAttempts = 10;
const soonestRetry = 1_000; // ms, so that a time that is over already does not make us spin

/** Who has it leaves the row, and so does who was refused for good; the others are tried again until the time for trying is over. */
export function endingOf(ended: EndedAttempt, now: number, plan: EndingPlan): Ending {
  const { row, outcomes } = ended;
  const next = nextTime(ended, now, plan);
  const isOver = next === 'give-up';
  const left = outcomes.filter(({ became }) => became === 'later' && !isOver);
  const failed = outcomes.filter(({ became }) => became === 'failed' || (became === 'later' && isOver)).map(asFailed);
  const reached = outcomes.filter(({ became }) => became === 'delivered' || became === 'relayed');
  const delayed = isWarningDue(row, now, plan) ? left.map(({ recipient, answer }) => reported(recipient, 'delayed', answer)) : [];
  const retryUntil = row.acceptedAt + plan.giveUpAfter * 1000;
  const report = (kind: ReportKind, all: readonly ReportedRecipient[]): readonly Report[] => {
    const recipients = all.filter(({ recipient }) => isWanted(kind, recipient));
    return recipients.length === 0 ? [] : [{ kind, row, recipients, at: now, retryUntil }];
  };
  const warnings = report('delayed', row.reversePath === '' ? [] : delayed);
  const successes = report('delivered', row.reversePath === '' ? [] : reached.map(asReached));
  return {
    left: left.map(({ recipient, answer }) => ({ ...recipient, last: answer })),
    nextAttemptAt: isOver ? now : next,
    history: historyAfter(ended, failed, reached, warnings.length > 0 ? now : undefined),
    reports: [...report('failed', failed), ...warnings, ...successes],
    failed,
  };
}

function nextTime({ row, retryAt }: EndedAttempt, now: number, plan: EndingPlan): number | 'give-up' {
  const scheduled = nextAttempt(row.attempts, row.acceptedAt, now, plan);
  if (scheduled === 'give-up' || retryAt === undefined) return scheduled;
  const end = row.acceptedAt + plan.giveUpAfter * 1000;
  return Math.max(now + soonestRetry, Math.min(retryAt, end));
}

const isWarningDue = ({ acceptedAt, history }: SpoolRow, now: number, { warnAfter }: EndingPlan): boolean =>
  warnAfter > 0 && history.warnedAt === undefined && now >= acceptedAt + warnAfter * 1000;

const reported = (recipient: SpoolRecipient, action: ReportedRecipient['action'], answer: HostAnswer): ReportedRecipient => ({
  recipient,
  action,
  answer,
});

const asFailed = ({ recipient, became, answer }: Outcome): ReportedRecipient => ({
  ...reported(recipient, 'failed', answer),
  ...(became === 'later' ? { expired: true } : {}),
});

const asReached = ({ recipient, became, answer }: Outcome): ReportedRecipient =>
  reported(recipient, became === 'relayed' ? 'relayed' : 'delivered', answer);

function historyAfter(
  { row, attempt }: EndedAttempt,
  failed: readonly ReportedRecipient[],
  reached: readonly Outcome[],
  warnedAt: number | undefined,
): RowHistory {
  const { history } = row;
  const settled: readonly SettledRecipient[] = [
    ...reached.map(({ recipient, answer }) => ({ address: recipient.address, result: 'delivered' as const, answer })),
    ...failed.map(({ recipient, answer }) => ({ address: recipient.address, result: 'failed' as const, answer })),
  ];
  return {
    ...history,
    attempts: attempt === undefined ? history.attempts : [...history.attempts.map(withoutDialogue), attempt].slice(-mostAttempts),
    settled: [...history.settled, ...settled],
    ...(warnedAt === undefined ? {} : { warnedAt }),
  };
}

/** Of all dialogues only the newest is worth its room. */
const withoutDialogue = ({ dialogue: _, ...attempt }: Attempt): Attempt => attempt;

/** The same when no report could be made: nothing is lost silently, so who failed stays, for an operator to decide. */
export function withoutReports({ left, nextAttemptAt, history, failed }: Ending, { history: before }: SpoolRow): Ending {
  const { warnedAt: _, ...rest } = history;
  const settled = history.settled.filter((one) => one.result === 'delivered' || before.settled.includes(one));
  return {
    left: [...failed.map(({ recipient, answer }) => ({ ...recipient, last: answer })), ...left],
    nextAttemptAt,
    history: { ...rest, settled, ...(before.warnedAt === undefined ? {} : { warnedAt: before.warnedAt }) },
    reports: [],
    failed: [],
  };
}
