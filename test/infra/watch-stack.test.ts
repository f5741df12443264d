import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { metrics, stageNamespace } from '../../core/observe/metrics.ts';
import { refusalScopes } from '../../core/observe/refused.ts';
import { type AlarmKind, type AlarmName, alarmKinds } from '../../infra/watch/alarms.ts';
import { operatorsScopes } from '../../infra/watch/metric-of.ts';
import { workerNames } from '../../infra/workers.ts';
import { oneOf, resources, root } from './stage-app.ts';
import { alarms, quiet, watch } from './watch-template.ts';

interface MetricStat {
  readonly Metric: {
    readonly Namespace: string;
    readonly MetricName: string;
    readonly Dimensions?: readonly { readonly Name: string; readonly Value: string }[];
  };
  readonly Stat: string;
  readonly Period: number;
}

const alarmsOf = (kind: AlarmName, template = watch) =>
  alarms(template).filter(({ AlarmName: name }) => name === `mailweir-test-${kind}` || name.startsWith(`mailweir-test-${kind}-`));

const onlyOf = (kind: AlarmName) => {
  const [alarm, ...more] = alarmsOf(kind);
  assert.equal(more.length, 0, kind);
  return alarm;
};

/** What an alarm looks at, in one form whether it calculates or not. */
const looksAt = (alarm: ReturnType<typeof alarms>[number]): readonly MetricStat[] =>
  alarm.Metrics === undefined
    ? [{ Metric: alarm, Stat: alarm.Statistic, Period: alarm.Period }]
    : alarm.Metrics.flatMap(({ MetricStat: one }: { MetricStat?: MetricStat }) => one ?? []);

const expressionOf = (alarm: ReturnType<typeof alarms>[number]): string =>
  alarm.Metrics.map(({ Expression }: { Expression?: string }) => Expression ?? '').join('');

const runbook = readFileSync(new URL('docs/runbook.md', root), 'utf8');

describe('the runbook', () => {
  const [, section = ''] = runbook.split(/^## Alarms of a stage$/m);
  const [chapter = ''] = section.split(/^## /m);
  const sections = [...chapter.matchAll(/^### (.+)$/gm)].map(([, heading = '']) => heading);

  it('has a section for each alarm, under the name that alarms link to, and none for an alarm that there is not', () => {
    assert.deepEqual(sections, Object.keys(alarmKinds));
  });

  it('says of each alarm what it means, where to look and what to do', () => {
    for (const part of chapter.split(/^### /m).slice(1)) {
      const [name = ''] = part.split('\n');
      for (const word of ['Meaning', 'Look', 'Do']) assert.match(part, new RegExp(`^\\*\\*${word}\\.\\*\\* \\S`, 'm'), `${name}: ${word}`);
    }
  });

  it('says commands with the stage in them, as they are typed', () => {
    for (const [, command = ''] of chapter.matchAll(/`mailweir ([^`]+)`/g)) assert.match(command, /^--stage NAME /, command);
  });
});

describe('every alarm', () => {
  it('tells what it means, and links to its section of the runbook', () => {
    for (const [kind, { meaning }] of Object.entries<AlarmKind>(alarmKinds)) {
      const all = alarmsOf(kind as AlarmName);
      assert.ok(all.length > 0, kind);
      for (const { AlarmDescription } of all) assert.equal(AlarmDescription, `${meaning} https://wiki.mailweir.test/runbook#${kind}`);
    }
    assert.equal(
      alarms().length,
      Object.keys(alarmKinds).reduce((sum, kind) => sum + alarmsOf(kind as AlarmName).length, 0),
    );
  });

  it('is told to the topic when it begins and when it is over', () => {
    const [topic] = Object.keys(resources(watch, 'AWS::SNS::Topic'));
    for (const { AlarmActions, OKActions } of alarms()) {
      assert.deepEqual(AlarmActions, [{ Ref: topic }]);
      assert.deepEqual(OKActions, [{ Ref: topic }]);
    }
  });

  it('looks at metrics of the catalogue under the stage’s namespace, by the dimensions that they have, or at AWS’s own', () => {
    const known = new Map(Object.values(metrics).map((metric) => [metric.name, metric]));
    for (const template of [watch, quiet]) {
      for (const alarm of alarms(template)) {
        for (const { Metric: looked } of looksAt(alarm)) {
          if (looked.Namespace.startsWith('AWS/')) continue;
          assert.equal(looked.Namespace, stageNamespace('test'));
          const metric = known.get(looked.MetricName as never);
          assert.ok(metric, looked.MetricName);
          assert.deepEqual(
            (looked.Dimensions ?? []).map(({ Name }) => Name).toSorted(),
            [...metric.dimensions].toSorted(),
            looked.MetricName,
          );
        }
      }
    }
  });

  it('takes no number for a good one, because nothing is told where there is nothing to tell; but a function or a task that is not there tells nothing either', () => {
    const breaching = new Set(
      alarms().flatMap(({ AlarmName: name, TreatMissingData }) => (TreatMissingData === 'breaching' ? [name] : [])),
    );
    assert.deepEqual(
      breaching,
      new Set(['mailweir-test-dispatch-stopped', ...['smtp', 'mailbox'].map((service) => `mailweir-test-nobody-listens-${service}`)]),
    );
    for (const { TreatMissingData } of alarms()) assert.ok(['breaching', 'notBreaching'].includes(TreatMissingData));
  });

  it('stays within what CloudWatch takes: ten metrics, and a day', () => {
    for (const alarm of alarms()) {
      assert.ok(looksAt(alarm).length <= 10, alarm.AlarmName);
      for (const { Period } of looksAt(alarm)) assert.ok(Period * alarm.EvaluationPeriods <= 24 * 3600, alarm.AlarmName);
    }
  });
});

describe('alarms of a stage', () => {
  it('tell when 80 % of a total are taken for five minutes, for each protocol and for what functions hold', () => {
    const all = alarmsOf('limit-nearly-full');
    assert.equal(all.length, 6);
    assert.ok(all.some((alarm) => looksAt(alarm).every(({ Metric: { Dimensions = [] } }) => Dimensions[0]?.Value === 'outbound/sessions')));
    for (const alarm of all) {
      assert.equal(alarm.Threshold, 80);
      assert.deepEqual([alarm.DatapointsToAlarm, alarm.EvaluationPeriods], [5, 5]);
      assert.match(expressionOf(alarm), /^100 \* \w+_used \/ \w+_limit$/);
      for (const { Period } of looksAt(alarm)) assert.equal(Period, 60);
    }
  });

  it('tell of refusals that an operator can do something about, and not of clients that have all they may', () => {
    const [alarm] = alarmsOf('sessions-refused');
    const scopes = looksAt(alarm).map(({ Metric: { Dimensions = [] } }) => Dimensions.find(({ Name }) => Name === 'scope')?.Value);
    assert.deepEqual(new Set(scopes), new Set(operatorsScopes));
    for (const own of ['address', 'account', 'login'] as const) assert.ok(!scopes.includes(own));
    for (const scope of operatorsScopes) assert.ok(refusalScopes.includes(scope));
  });

  it('tell of mail that nobody is at, and of the function that would find it', () => {
    assert.equal(onlyOf('mail-waits').Threshold, 900);
    assert.equal(onlyOf('dispatch-stopped').ComparisonOperator, 'LessThanThreshold');
    assert.match(JSON.stringify(onlyOf('dispatch-stopped')), /Invocations/);
  });

  it('tell of each queue from which a wake-up was put aside', () => {
    const all = alarmsOf('wake-ups-put-aside');
    assert.equal(all.length, 3);
    for (const alarm of all) {
      assert.equal(alarm.Threshold, 1);
      assert.equal(alarm.MetricName, 'ApproximateNumberOfMessagesVisible');
      assert.match(JSON.stringify(alarm.Dimensions), /DeadLetters/);
    }
  });

  it('tell of fences, of the slot store, of settings that are rejected or not followed', () => {
    assert.equal(onlyOf('processes-fenced').Threshold, 3);
    assert.equal(onlyOf('slot-store-down').Threshold, 10);
    assert.equal(onlyOf('settings-rejected').Threshold, 1);
    assert.deepEqual(
      looksAt(onlyOf('settings-not-followed'))
        .map(({ Stat }) => Stat)
        .toSorted(),
      ['Maximum', 'Minimum'],
    );
  });

  it('tell of a certificate two weeks before its end, and also when it is over', () => {
    const { Threshold, ComparisonOperator } = onlyOf('certificate-expires');
    assert.equal(Threshold, 14);
    assert.equal(ComparisonOperator, 'LessThanOrEqualToThreshold');
  });

  it('tell of each function that fails again and again; of tidying, which runs each hour, within six hours', () => {
    const all = alarmsOf('function-fails');
    assert.equal(all.length, workerNames.length);
    for (const alarm of all) assert.equal(alarm.Period, alarm.AlarmName.endsWith('-tidy') ? 6 * 3600 : 300);
  });

  it('tell of throttles of all functions, and of each table', () => {
    assert.equal(looksAt(onlyOf('functions-throttled')).length, workerNames.length);
    assert.equal(alarmsOf('table-throttled').length, 6);
  });

  it('tell of a service of which no task serves, of either kind of address', () => {
    assert.equal(alarmsOf('nobody-listens').length, 2);
    assert.equal(alarmsOf('nobody-listens', quiet).length, 4);
  });
});

describe('whoever is to hear of alarms', () => {
  it('is told by e-mail when an address is given, and can subscribe to the topic otherwise', () => {
    const { Endpoint, Protocol } = oneOf(watch, 'AWS::SNS::Subscription', '').Properties;
    assert.deepEqual([Endpoint, Protocol], ['ops@mailweir.test', 'email']);
    quiet.resourceCountIs('AWS::SNS::Subscription', 0);
    assert.equal(Object.keys(quiet.findOutputs('AlarmTopic')).length, 1);
  });

  it('may be told to the topic by alarms of the account, which the policy that demands TLS would keep out otherwise', () => {
    const [policy] = Object.values(resources(watch, 'AWS::SNS::TopicPolicy'));
    const allowed = policy?.Properties.PolicyDocument.Statement.filter(({ Effect }: { readonly Effect: string }) => Effect === 'Allow');
    const [topic] = Object.keys(resources(watch, 'AWS::SNS::Topic'));
    assert.equal(allowed.length, 1);
    const [{ Action, Principal, Resource, Condition }] = allowed;
    assert.deepEqual([Action, Principal, Resource], ['sns:Publish', { Service: 'cloudwatch.amazonaws.com' }, { Ref: topic }]);
    assert.deepEqual(Condition.StringEquals, { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
    assert.match(JSON.stringify(Condition.ArnLike['aws:SourceArn']), /:cloudwatch:.*:alarm:\*"/);
  });

  it('is told over TLS alone', () => {
    const [{ Properties } = { Properties: undefined }] = Object.values(resources(watch, 'AWS::SNS::TopicPolicy'));
    assert.match(
      JSON.stringify(Properties),
      /"Effect":"Deny".*"aws:SecureTransport":"false"|"aws:SecureTransport":"false".*"Effect":"Deny"/,
    );
  });
});
