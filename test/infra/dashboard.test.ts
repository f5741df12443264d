import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Template } from 'aws-cdk-lib/assertions';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import { metrics } from '../../core/observe/metrics.ts';
import { RefusalLog } from '../../listeners/net/refusal-log.ts';
import { oneOf } from './stage-app.ts';
import { alarms, quiet, watch } from './watch-template.ts';

/** Text of JSON in which CloudFormation puts names. */
const joined = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : ((value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1].map((part) => (typeof part === 'string' ? part : 'name')).join('') ??
      '');

describe('the rule of refused addresses', () => {
  const ruleOf = (template: Template) => JSON.parse(joined(oneOf(template, 'AWS::CloudWatch::InsightRule', '').Properties.RuleBody));

  it('reads the logs of all listeners, and of nobody else', () => {
    assert.equal(ruleOf(watch).LogGroupNames.length, 2);
    assert.equal(ruleOf(quiet).LogGroupNames.length, 4);
  });

  it('finds its fields in what a listener logs of a refusal', () => {
    const lines: Record<string, unknown>[] = [];
    const log = new RefusalLog(jsonEventLog((line) => lines.push(JSON.parse(line)), { now: () => 0 }));
    const refused = { protocol: 'imap', scope: 'address', refused: 'address-full', network: '192.0.2.0/24', observed: false } as const;
    for (let times = 0; times < 3; times += 1) log.tell(refused as never);
    log.close();
    const { Contribution } = ruleOf(watch);
    const valueAt = (line: Record<string, unknown>, path: string) => line[path.replace(/^\$\./, '')];
    const [filter] = Contribution.Filters;
    const matching = lines.filter((line) => filter.In.includes(valueAt(line, filter.Match)));
    assert.deepEqual(
      matching.map((line) => line.event),
      ['refused', 'refused-again'],
    );
    for (const line of matching) assert.equal(valueAt(line, Contribution.Keys[0]), '192.0.2.0/24');
  });

  it('is one, of which the first costs nothing: an address as a dimension of a metric would be paid by the month', () => {
    watch.resourceCountIs('AWS::CloudWatch::InsightRule', 1);
  });
});

describe('the dashboard', () => {
  const bodyOf = (template: Template) => JSON.parse(joined(oneOf(template, 'AWS::CloudWatch::Dashboard', '').Properties.DashboardBody));
  const { widgets } = bodyOf(watch);
  const text = JSON.stringify(widgets);

  it('shows used of limit per protocol, refusals by scope, logins refused, the spool, what came of deliveries, the failure cache, throttles, settings', () => {
    const shown = [
      metrics.slotsUsed,
      metrics.slotsLimit,
      metrics.slotsRefused,
      metrics.loginsRefused,
      metrics.spoolWaiting,
      metrics.spoolOldestDue,
      metrics.outboundMessages,
      metrics.localCopies,
      metrics.hostsLeftAlone,
      metrics.settingsVersion,
      metrics.certificateExpires,
    ];
    for (const { name } of shown) assert.ok(text.includes(`"${name}"`), name);
    for (const name of ['Throttles', 'WriteThrottleEvents', 'ActiveFlowCount', 'ApproximateAgeOfOldestMessage', 'HealthyHostCount'])
      assert.ok(text.includes(`"${name}"`), name);
  });

  it('shows the settings of the slowest process beside those of the newest: all have taken a change when the two lines meet', () => {
    const settings = widgets.find(({ properties }: { properties: { title?: string } }) => properties.title?.startsWith('Settings'));
    const stats = settings.properties.metrics.map((one: unknown[]) => (one.at(-1) as { stat?: string }).stat);
    assert.ok(stats.includes('Minimum') && stats.includes('Maximum'));
  });

  it('shows all alarms on top, and where they are explained', () => {
    const status = widgets.find(({ type }: { type: string }) => type === 'alarm');
    assert.equal(status.properties.alarms.length, alarms().length);
    assert.match(text, /https:\/\/wiki\.mailweir\.test\/runbook/);
  });
});
