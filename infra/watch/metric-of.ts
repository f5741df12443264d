import { Duration } from 'aws-cdk-lib';
import { Metric as CloudWatchMetric, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
import { type At, type Dimension, type Metric, metrics, stageNamespace } from '../../core/observe/metrics.ts';
import { refusalScopes } from '../../core/observe/refused.ts';
import { type Protocol, protocols } from '../../core/values/protocol.ts';
import type { Stage } from '../stage.ts';

export const minute = Duration.minutes(1);

/** A metric of the catalogue as CloudWatch has it, with the statistic that the catalogue gives it. */
export function metricOf<D extends Dimension>(
  stage: Stage,
  { name, statistic }: Metric<D>,
  at: At<D>,
  other: { readonly statistic?: string; readonly period?: Duration; readonly label?: string } = {},
): CloudWatchMetric {
  return new CloudWatchMetric({
    namespace: stageNamespace(stage),
    metricName: name,
    dimensionsMap: { ...at } as Record<string, string>,
    statistic: other.statistic ?? statistic,
    period: other.period ?? minute,
    ...(other.label === undefined ? {} : { label: other.label }),
  });
}

/** Refusals for want of what operators give. That an address or an account has all that one may have is its own affair. */
export const operatorsScopes = refusalScopes.filter(
  (scope) => !['address', 'account', 'fetches', 'searches', 'login', 'draining'].includes(scope),
);

/** A line is written only when there is something to tell, so what is missing is a zero. */
export function sumOf(parts: readonly IMetric[], label: string, period: Duration = minute): MathExpression {
  const usingMetrics = Object.fromEntries(parts.map((part, at) => [`${idOf(label)}_${at + 1}`, part]));
  const filled = Object.keys(usingMetrics).map((id) => `FILL(${id}, 0)`);
  return new MathExpression({ expression: `SUM([${filled.join(', ')}])`, usingMetrics, label, period });
}

/** Percent of a total that is taken. No number while it is unlimited. */
export function usedOfLimit(stage: Stage, limit: string): MathExpression {
  const [used, most] = [`${idOf(limit)}_used`, `${idOf(limit)}_limit`];
  return new MathExpression({
    expression: `100 * ${used} / ${most}`,
    usingMetrics: { [used]: metricOf(stage, metrics.slotsUsed, { limit }), [most]: metricOf(stage, metrics.slotsLimit, { limit }) },
    label: limit,
    period: minute,
  });
}

/** What a total is called in alarms and graphs: the part of its setting's name before the slash. */
export const totals: readonly string[] = [...protocols, 'outbound', 'collect'];

/** Within a graph every id is another. */
const idOf = (label: string): string => `x${label.replaceAll(/[^A-Za-z0-9]/g, '_')}`;

export const refusedByOperators = (stage: Stage, protocol: Protocol, period: Duration): MathExpression =>
  sumOf(
    operatorsScopes.map((scope) => metricOf(stage, metrics.slotsRefused, { protocol, scope }, { period })),
    protocol,
    period,
  );

/** How far the slowest process is behind. */
export const settingsBehind = (stage: Stage): MathExpression =>
  new MathExpression({
    expression: 'newest - oldest',
    usingMetrics: {
      newest: metricOf(stage, metrics.settingsVersion, {}, { statistic: 'Maximum' }),
      oldest: metricOf(stage, metrics.settingsVersion, {}),
    },
    label: 'versions behind',
    period: minute,
  });
