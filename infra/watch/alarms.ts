import { Duration } from 'aws-cdk-lib';
import { type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { metrics } from '../../core/observe/metrics.ts';
import { protocols } from '../../core/values/protocol.ts';
import type { Stage } from '../stage.ts';
import { metricOf, minute, refusedByOperators, settingsBehind, sumOf, totals, usedOfLimit } from './metric-of.ts';

/** What is watched, each by the name it has in alarms and on the dashboard. */
export interface Watched {
  readonly stage: Stage;
  readonly functions: Readonly<Record<string, LambdaFunction>>;
  /** What was put aside, by the queue it came from. */
  readonly deadLetters: Readonly<Record<string, IQueue>>;
  readonly tables: Readonly<Record<string, TableV2>>;
  /** Tasks that serve, by their service. */
  readonly targets: Readonly<Record<string, NetworkTargetGroup>>;
}

/** One kind of trouble: a section of the runbook, and an alarm for each of what it may befall. */
export interface AlarmKind {
  readonly meaning: string;
  /** By what is told apart; the empty name where there is only one. */
  readonly of: (watched: Watched) => Readonly<Record<string, IMetric>>;
  readonly threshold: number;
  /** @default at-least */
  readonly when?: 'at-least' | 'below' | 'at-most';
  /** Of so many periods, how many. @default 1 of 1 */
  readonly periods?: readonly [many: number, of: number];
  /** @default NOT_BREACHING: a line is written only when there is something to tell */
  readonly missing?: TreatMissingData;
}

const five = Duration.minutes(5);
const sixHours = Duration.hours(6);
const only = (metric: IMetric): Readonly<Record<string, IMetric>> => ({ '': metric });
const each = <T>(all: Readonly<Record<string, T>>, metric: (one: T, name: string) => IMetric): Readonly<Record<string, IMetric>> =>
  Object.fromEntries(Object.entries(all).map(([name, one]) => [name, metric(one, name)]));

/** By the name of the runbook's section. */
export const alarmKinds = {
  'limit-nearly-full': {
    meaning:
      'For five minutes 80 % or more of a total limit are taken; at 100 % clients are told that the server is too busy, and outbound and collected mail waits.',
    of: ({ stage }) => Object.fromEntries(totals.map((name) => [name, usedOfLimit(stage, `${name}/sessions`)])),
    threshold: 80,
    periods: [5, 5],
  },
  'sessions-refused': {
    meaning:
      'Ten or more clients in five minutes were turned away for want of what you give: a total, a reserve, what a process bears, or the slot store.',
    of: ({ stage }) => Object.fromEntries(protocols.map((protocol) => [protocol, refusedByOperators(stage, protocol, five)])),
    threshold: 10, // a single one in passing is what a limit is for
  },
  'mail-waits': {
    meaning: 'A row of the spool has been due for a quarter of an hour, and nobody is at it.',
    of: ({ stage }) => only(metricOf(stage, metrics.spoolOldestDue, {})),
    threshold: 15 * 60,
    periods: [3, 3],
  },
  'dispatch-stopped': {
    meaning:
      'The function that looks each minute for what is due has not run for five minutes. Mail whose wake-up was lost, and all that was deferred, stays where it is.',
    of: ({ functions }) => only(invocations(functions)),
    threshold: 1,
    when: 'below',
    missing: TreatMissingData.BREACHING, // a function that does not run has no number at all
  },
  'wake-ups-failed': {
    meaning: 'Functions could not work on wake-ups, for a reason of ours, over and over.',
    of: ({ stage }) => only(metricOf(stage, metrics.wakeUpsFailed, {}, { period: five })),
    threshold: 3,
  },
  'outbound-sessions-failed': {
    meaning: 'Outbound sessions ended by errors of ours, over and over.',
    of: ({ stage }) => only(metricOf(stage, metrics.outboundSessions, { end: 'failed' }, { period: five })),
    threshold: 3,
  },
  'wake-ups-put-aside': {
    meaning: 'A wake-up failed five times and was put aside. No mail is in it; what it told of is found by the schedule.',
    of: ({ deadLetters }) =>
      each(deadLetters, (queue) => queue.metricApproximateNumberOfMessagesVisible({ statistic: 'Maximum', period: five })),
    threshold: 1, // SQS stops to tell of a queue that nobody uses, which is as it should be
  },
  'processes-fenced': {
    meaning:
      'Processes could not renew their leases in time, three times in a quarter of an hour: they stall, or do not reach the slot store.',
    of: ({ stage }) => only(metricOf(stage, metrics.slotsFenced, {}, { period: Duration.minutes(15) })),
    threshold: 3,
  },
  'slot-store-down': {
    meaning: 'The slot store did not answer for ten seconds or more of a minute; slots/when-store-is-down decides meanwhile.',
    of: ({ stage }) => only(metricOf(stage, metrics.slotStoreDown, {})),
    threshold: 10,
    periods: [2, 3],
  },
  'settings-rejected': {
    meaning: 'A parameter has a value that is not allowed. The last good one stays in force.',
    of: ({ stage }) => only(metricOf(stage, metrics.settingsRejected, {}, { period: five })),
    threshold: 1, // told each minute for as long as it stands there
  },
  'settings-not-followed': {
    meaning: 'For five minutes some process has gone by older settings than the others.',
    of: ({ stage }) => only(settingsBehind(stage)),
    threshold: 1,
    periods: [5, 5],
  },
  'certificate-expires': {
    meaning: 'The certificate that listeners serve with is over within two weeks.',
    of: ({ stage }) => only(metricOf(stage, metrics.certificateExpires, {}, { period: Duration.hours(1) })),
    threshold: 14,
    when: 'at-most', // where no listener tells of one, that nobody listens is an alarm of its own
  },
  'function-fails': {
    meaning: 'Invocations of a function ended by an error, or took longer than they may.',
    of: ({ functions }) =>
      each(functions, (one, name) => one.metricErrors({ statistic: 'Sum', period: name === 'tidy' ? sixHours : five })),
    threshold: 3, // a single run is made up for by the next; tidying runs once an hour
  },
  'functions-throttled': {
    meaning: 'The account runs as many functions as it may, so that some of ours wait.',
    of: ({ functions }) =>
      only(
        sumOf(
          Object.values(functions).map((one) => one.metricThrottles({ statistic: 'Sum', period: minute })),
          'throttled',
        ),
      ),
    threshold: 1,
    periods: [3, 5], // Lambda tries again by itself
  },
  'table-throttled': {
    meaning: 'DynamoDB turned requests to a table away: a key is hot, or the load rises faster than the table follows.',
    of: ({ tables }) => each(tables, throttled),
    threshold: 1,
    periods: [3, 5], // a new peak takes a table some moments, and what was turned away is asked again
  },
  'nobody-listens': {
    meaning: 'No task of a service serves: clients find nobody.',
    of: ({ targets }) => each(targets, (group) => group.metrics.healthyHostCount({ statistic: 'Maximum', period: minute })),
    threshold: 1,
    when: 'below',
    periods: [3, 3],
    missing: TreatMissingData.BREACHING, // without a target the balancer may tell nothing
  },
} as const satisfies Record<string, AlarmKind>;

export type AlarmName = keyof typeof alarmKinds;

function invocations(functions: Watched['functions']): IMetric {
  const dispatch = functions['dispatch-due'];
  if (dispatch === undefined) throw new Error('there is no function dispatch-due to watch');
  return dispatch.metricInvocations({ statistic: 'Sum', period: five });
}

/** Of the table and its indexes: one that is throttled slows the table. */
function throttled(table: TableV2, name: string): IMetric {
  const events = (metricName: string) => table.metric(metricName, { statistic: 'Sum', period: minute });
  return sumOf([events('ReadThrottleEvents'), events('WriteThrottleEvents')], name);
}
