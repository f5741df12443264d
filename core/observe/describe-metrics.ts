import { metricNamespace, metrics, stageNamespace } from './metrics.ts';

const intro = `# Metrics

Made from the catalogue (\`core/observe/metrics.ts\`) by \`npm run docs\`; don't edit it here.

Each process gathers its numbers in memory and writes them once a minute, and once more when it ends, as lines of CloudWatch's embedded
metric format between its events: where the log goes to CloudWatch, they become metrics of the namespace \`${metricNamespace}\`, of a stage
on AWS \`${stageNamespace('STAGE')}\`; elsewhere any
program that reads JSON lines can take them. A line is written only when there is something to tell, so a missing number is 0. An address
or an account is never a dimension; those stand in the events.

The dimension \`limit\` is the name of the setting that limits; \`scope\` is what was full.

`;

/** The text of docs/metrics.md. */
export function describeMetrics(): string {
  const rows = Object.values(metrics).map(({ name, unit, dimensions, statistic, doc }) =>
    row([`\`${name}\``, dimensions.map((dimension) => `\`${dimension}\``).join(', ') || 'none', unit, statistic, doc]),
  );
  return [
    `${intro}${row(['metric', 'dimensions', 'unit', 'statistic to look at', 'what it tells'])}`,
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
