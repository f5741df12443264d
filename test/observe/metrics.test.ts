import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { describeMetrics } from '../../core/observe/describe-metrics.ts';
import { metricLine, metrics } from '../../core/observe/metrics.ts';

const root = new URL('../../', import.meta.url);

/** Names of the catalogue that are handed to something that counts, comments left out. */
const countedNames = (source: string): readonly string[] =>
  [...source.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '').matchAll(/\.(?:counter|gauge|level|samples)\(\s*([^;{}]*?),\s*\{/g)].flatMap(
    ([, argument = '']) => [...argument.matchAll(/metrics\.(\w+)/g)].map(([, name = '']) => name),
  );

describe('the catalogue of metrics', () => {
  it('has no metric that nobody counts', () => {
    const files = globSync('{core,listeners,functions,platform}/**/*.ts', { cwd: root.pathname });
    const counted = new Set(files.flatMap((file) => countedNames(readFileSync(new URL(file, root), 'utf8'))));
    assert.deepEqual([...counted].toSorted(), Object.keys(metrics).toSorted());
  });

  it('is compared with names found in calls, also where a condition chooses, and not in comments or imports', () => {
    const source = `import { metrics } from 'x'; // m.counter(metrics.gone, {})
      m.counter(metrics.a, {}).add(1); m.gauge(\n metrics.b, { limit }); m.counter(on ? metrics.c : metrics.d, { scope }); use(metrics.unused);`;
    assert.deepEqual(countedNames(source), ['a', 'b', 'c', 'd']);
  });

  it('gives each metric a name of its own and no dimension that would tell who somebody is', () => {
    const all = Object.values(metrics);
    assert.equal(new Set(all.map(({ name }) => name)).size, all.length);
    for (const { name, dimensions } of all)
      for (const dimension of dimensions)
        assert.ok(['protocol', 'scope', 'limit', 'end', 'result'].includes(dimension), `${name} by ${dimension}`);
  });

  it('is what docs/metrics.md says (npm run docs writes it anew)', () => {
    assert.equal(readFileSync(new URL('docs/metrics.md', root), 'utf8'), describeMetrics());
  });
});

describe('a metric line', () => {
  it('is one document of the embedded metric format, with its value and dimensions beside the directive', () => {
    const line = metricLine(metrics.slotsRefused, 3, { protocol: 'imap', scope: 'account' }, 1_767_323_045_000);
    assert.deepEqual(JSON.parse(line), {
      protocol: 'imap',
      scope: 'account',
      SlotsRefused: 3,
      _aws: {
        Timestamp: 1_767_323_045_000,
        CloudWatchMetrics: [
          { Namespace: 'Mailweir', Dimensions: [['protocol', 'scope']], Metrics: [{ Name: 'SlotsRefused', Unit: 'Count' }] },
        ],
      },
    });
  });

  it('names an empty set of dimensions where there are none', () => {
    const { _aws } = JSON.parse(metricLine(metrics.slotsFenced, 1, {}, 0));
    assert.deepEqual(_aws.CloudWatchMetrics[0].Dimensions, [[]]);
  });
});
