import { Duration } from 'aws-cdk-lib';
import {
  AlarmStatusWidget,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { NetworkLoadBalancer } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { metrics } from '../../core/observe/metrics.ts';
import type { LocalResult, OutboundEnd, OutboundResult } from '../../core/observe/outbound-outcomes.ts';
import { refusalScopes } from '../../core/observe/refused.ts';
import { protocols } from '../../core/values/protocol.ts';
import type { Watched } from './alarms.ts';
import { metricOf, minute, operatorsScopes, sumOf, totals, usedOfLimit } from './metric-of.ts';

export interface Shown {
  readonly watched: Watched;
  readonly queues: Readonly<Record<string, IQueue>>;
  /** Of clients of IPv4, and of IPv6 when there are. */
  readonly balancers: Readonly<Record<string, NetworkLoadBalancer>>;
  readonly alarms: readonly IAlarm[];
  /** Contributor Insights of refused addresses. */
  readonly refusedRule: string;
  readonly runbook: string;
}

const results = ['delivered', 'deferred', 'failed', 'lost'] as const satisfies readonly OutboundResult[];
const localResults = results.filter((result) => result !== 'lost') satisfies readonly LocalResult[];
const ends = ['empty', 'cap', 'time', 'stopped', 'no-slot', 'failed'] as const satisfies readonly OutboundEnd[];

const graph = (title: string, left: readonly IMetric[], right: readonly IMetric[] = []): GraphWidget =>
  new GraphWidget({ title, left: [...left], right: [...right], width: 8, height: 6, leftYAxis: { min: 0 } });

/** Rows of the dashboard, as somebody reads it who was woken: what is wrong, who is affected, what waits, and then what it may come from. */
export const widgetRows = (shown: Shown): readonly (readonly IWidget[])[] => [
  [new TextWidget({ markdown: `Every alarm is a section of [the runbook](${shown.runbook}).`, width: 24, height: 1 })],
  [new AlarmStatusWidget({ title: 'Alarms', alarms: [...shown.alarms], width: 24, height: 4 })],
  sessions(shown),
  refusals(shown),
  spool(shown),
  outbound(shown),
  processes(shown),
  aws(shown),
];

const sessions = ({ watched: { stage }, balancers }: Shown): readonly IWidget[] => [
  graph(
    'Used of each total, %',
    totals.map((name) => usedOfLimit(stage, `${name}/sessions`)),
  ),
  graph(
    'Sessions',
    totals.map((name) => metricOf(stage, metrics.slotsUsed, { limit: `${name}/sessions` }, { label: `${name} open` })),
    protocols.map((protocol) => metricOf(stage, metrics.sessionsBegun, { protocol }, { label: `${protocol} begun` })),
  ),
  graph(
    'Flows through the balancer',
    Object.entries(balancers).map(([name, one]) => one.metrics.activeFlowCount({ label: `${name} open`, period: minute })),
    Object.entries(balancers).map(([name, one]) => one.metrics.newFlowCount({ label: `${name} new`, period: minute })),
  ),
];

const refusals = ({ watched: { stage }, refusedRule }: Shown): readonly IWidget[] => [
  graph(
    'Refused, by what was full',
    refusalScopes
      .filter((scope) => scope !== 'login')
      .map((scope) =>
        sumOf(
          protocols.map((protocol) => metricOf(stage, metrics.slotsRefused, { protocol, scope })),
          operatorsScopes.includes(scope) ? `${scope}: yours to raise` : scope,
        ),
      ),
  ),
  graph(
    'Logins refused',
    protocols
      .filter((protocol) => protocol !== 'smtp')
      .map((protocol) => metricOf(stage, metrics.loginsRefused, { protocol }, { label: protocol })),
  ),
  graph('Refused addresses', [
    insight(refusedRule, 'UniqueContributors', 'addresses'),
    insight(refusedRule, 'MaxContributorValue', 'of the one refused most'),
  ]),
];

const insight = (rule: string, what: string, label: string): MathExpression =>
  new MathExpression({ expression: `INSIGHT_RULE_METRIC("${rule}", "${what}")`, usingMetrics: {}, label, period: minute });

const spool = ({ watched, queues }: Shown): readonly IWidget[] => [
  graph(
    'Spool: rows, and how long the oldest has been due',
    [metricOf(watched.stage, metrics.spoolWaiting, {}, { label: 'rows' })],
    [metricOf(watched.stage, metrics.spoolOldestDue, {}, { label: 'seconds due' })],
  ),
  graph(
    'Wake-ups: age of the oldest, and what was put aside',
    Object.entries(queues).map(([name, queue]) => queue.metricApproximateAgeOfOldestMessage({ label: `${name}, s`, period: minute })),
    Object.entries(watched.deadLetters).map(([name, queue]) =>
      queue.metricApproximateNumberOfMessagesVisible({ label: `${name} put aside`, period: minute }),
    ),
  ),
  graph('Failures of ours', [
    metricOf(watched.stage, metrics.wakeUpsFailed, {}, { label: 'wake-ups' }),
    metricOf(watched.stage, metrics.outboundSessions, { end: 'failed' }, { label: 'outbound sessions' }),
    metricOf(watched.stage, metrics.collectRunsFailed, {}, { label: 'collecting runs' }),
  ]),
];

const outbound = ({ watched: { stage } }: Shown): readonly IWidget[] => [
  graph('Outbound: what came of rows', [
    ...results.map((result) => metricOf(stage, metrics.outboundMessages, { result }, { label: result })),
    metricOf(stage, metrics.recipientsFailed, {}, { label: 'recipients failed' }),
    metricOf(stage, metrics.messagesDelayed, {}, { label: 'senders told of a delay' }),
  ]),
  graph(
    'Outbound sessions, by their end',
    ends.map((end) => metricOf(stage, metrics.outboundSessions, { end }, { label: end })),
  ),
  graph(
    'Copies for mailboxes here',
    localResults.map((result) => metricOf(stage, metrics.localCopies, { result }, { label: result })),
  ),
  graph('Other hosts', [
    metricOf(stage, metrics.hostsLeftAlone, {}, { label: 'left alone by the failure cache' }),
    metricOf(stage, metrics.hostsFailed, {}, { label: 'failed' }),
    metricOf(stage, metrics.hostTrials, {}, { label: 'tried again' }),
    metricOf(stage, metrics.destinationsFull, {}, { label: 'full' }),
  ]),
];

const processes = ({ watched: { stage, targets } }: Shown): readonly IWidget[] => [
  graph(
    'Settings: versions that processes follow',
    [
      metricOf(stage, metrics.settingsVersion, {}, { label: 'slowest' }),
      metricOf(stage, metrics.settingsVersion, {}, { label: 'newest', statistic: 'Maximum' }),
    ],
    [metricOf(stage, metrics.settingsRejected, {}, { label: 'rejected' })],
  ),
  graph(
    'Slots: what is not as it should be',
    [
      metricOf(stage, metrics.slotsFenced, {}, { label: 'processes fenced' }),
      metricOf(stage, metrics.slotStoreDown, {}, { label: 'store down, s' }),
    ],
    protocols.map((protocol) => metricOf(stage, metrics.slotsExcess, { limit: `${protocol}/sessions` }, { label: `${protocol} too many` })),
  ),
  graph(
    'Tasks that serve, and days of the certificate',
    Object.entries(targets).map(([name, group]) => group.metrics.healthyHostCount({ label: name, statistic: 'Maximum', period: minute })),
    [metricOf(stage, metrics.certificateExpires, {}, { label: 'days', period: Duration.hours(1) })],
  ),
];

const aws = ({ watched: { functions, tables } }: Shown): readonly IWidget[] => [
  graph(
    'Functions: errors and throttles',
    Object.entries(functions).map(([name, one]) => one.metricErrors({ label: name, period: minute })),
    [
      sumOf(
        Object.values(functions).map((one) => one.metricThrottles({ statistic: 'Sum', period: minute })),
        'throttled, all',
      ),
    ],
  ),
  graph(
    'Functions: runs at once',
    Object.entries(functions).map(([name, one]) =>
      one.metric('ConcurrentExecutions', { label: name, statistic: 'Maximum', period: minute }),
    ),
  ),
  graph(
    'Tables: requests turned away',
    Object.entries(tables).map(([name, table]) =>
      sumOf(
        ['ReadThrottleEvents', 'WriteThrottleEvents'].map((metricName) => table.metric(metricName, { statistic: 'Sum', period: minute })),
        name,
      ),
    ),
  ),
];
