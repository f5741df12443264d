import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { type WorkerName, workerNames } from '../../infra/workers.ts';
import { askFunction } from '../../platform/aws/stage-names.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { functionNamed, stage } from './delivery-template.ts';
import { resources, root } from './stage-app.ts';
import { workerStacks } from './worker-stacks.ts';

const direct = Template.fromStack(workerStacks({ route: 'direct' }).delivery);

describe('the functions of a stage', () => {
  it('are all made from a file in functions/, and the one that is asked from outside has the name it is asked by', () => {
    for (const name of workerNames) assert.ok(existsSync(new URL(`functions/${name}.ts`, root)), name);
    assert.equal(functionNamed('ask-processes').properties.FunctionName, askFunction('test'));
    assert.equal(Object.keys(resources(stage, 'AWS::Lambda::Function')).length, workerNames.length);
  });

  for (const name of workerNames) {
    const { properties } = functionNamed(name);

    it(`run ${name} on Node 24 and arm64, which costs a fifth less, with stack traces that name sources`, () => {
      assert.equal(properties.Runtime, 'nodejs24.x');
      assert.deepEqual(properties.Architectures, ['arm64']);
      assert.equal(properties.Handler, 'index.handler');
      assert.equal(properties.Environment.Variables.NODE_OPTIONS, '--enable-source-maps');
    });

    it(`keep the log of ${name} for a month: made by Lambda itself it would be kept for ever`, () => {
      const { Ref } = properties.LoggingConfig.LogGroup;
      assert.equal(resources(stage, 'AWS::Logs::LogGroup')[Ref]?.Properties.RetentionInDays, 30);
    });

    it(`write metrics of ${name} as lines of text: Lambda's own JSON would wrap them, and CloudWatch would not see them`, () => {
      assert.ok([undefined, 'Text'].includes(properties.LoggingConfig.LogFormat));
    });

    it(`reserve no concurrency for ${name}: a new account has 10 in all, of which none can be reserved`, () => {
      assert.equal(properties.ReservedConcurrentExecutions, undefined);
    });

    it(`tell ${name} where the stage is, and the table of mail only when it reaches mailboxes or processes`, () => {
      const variables = Object.keys(properties.Environment.Variables);
      for (const variable of Object.values(environment)) assert.ok(variables.includes(variable), variable);
      assert.equal(variables.includes(mailEnvironment.mail), ['deliver-local', 'ask-processes', 'tidy'].includes(name));
    });
  }

  it('have the longest time that Lambda gives where the other side may be slow, and an outbound session waits ten minutes for a reply', () => {
    for (const name of ['deliver-outbound', 'collect']) assert.equal(functionNamed(name).properties.Timeout, 900);
  });

  it('end before the next run begins when they run each minute', () => {
    for (const name of ['dispatch-due', 'plan-collect', 'apply-settings']) assert.ok(functionNamed(name).properties.Timeout <= 60);
  });

  it('stand in the VPC when they talk to listeners, and nowhere near it otherwise: a gateway for AWS’s services would cost more than they do', () => {
    const inside = workerNames.filter((name) => functionNamed(name).properties.VpcConfig !== undefined);
    assert.deepEqual(inside, ['deliver-local', 'ask-processes']);
  });

  it('send from the VPC’s own address for the route direct alone, because AWS never opens port 25 to functions outside', () => {
    assert.notEqual(functionNamed('deliver-outbound', direct).properties.VpcConfig, undefined);
    assert.equal(functionNamed('collect', direct).properties.VpcConfig, undefined);
  });

  it('are not tried again by Lambda: the schedule that started them starts them again, and old starts would only pile up', () => {
    const configured = Object.values(resources(stage, 'AWS::Lambda::EventInvokeConfig')).map(({ Properties }) => Properties);
    assert.equal(configured.length, workerNames.length);
    for (const { MaximumRetryAttempts, MaximumEventAgeInSeconds } of configured) {
      assert.equal(MaximumRetryAttempts, 0);
      assert.equal(MaximumEventAgeInSeconds, 60);
    }
  });

  it('know the mapping of outbound sessions where the setting is applied, by its id', () => {
    const { Ref } = functionNamed('apply-settings').properties.Environment.Variables.MAILWEIR_OUTBOUND_MAPPING;
    assert.match(Ref, /^outboundqueueMapping/);
  });
});

describe('what runs by itself', () => {
  const rules = Object.values(resources(stage, 'AWS::Events::Rule')).map(({ Properties }) => Properties);
  const runsOf = (name: WorkerName) => rules.filter(({ Targets: [target] }) => target.Arn['Fn::GetAtt'][0] === functionNamed(name).id);

  it('looks each minute for due mail, due sources and changed settings: events and wake-ups may be lost', () => {
    for (const name of ['dispatch-due', 'plan-collect', 'apply-settings'] as const)
      assert.ok(
        runsOf(name).some(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)'),
        name,
      );
  });

  it('tidies each hour', () => {
    assert.deepEqual(
      runsOf('tidy').map(({ ScheduleExpression }) => ScheduleExpression),
      ['rate(1 hour)'],
    );
  });

  it('applies settings at once when a parameter of this stage changes, and not when a deploy makes all of them', () => {
    const [pattern] = runsOf('apply-settings').flatMap(({ EventPattern }) => EventPattern ?? []);
    assert.deepEqual(pattern, {
      source: ['aws.ssm'],
      'detail-type': ['Parameter Store Change'],
      detail: { name: [{ prefix: '/mailweir/test/' }], operation: ['Update', 'Delete'] },
    });
  });

  it('is handed over within a minute or not at all', () => {
    for (const { Targets } of rules) assert.deepEqual(Targets[0].RetryPolicy, { MaximumEventAgeInSeconds: 60, MaximumRetryAttempts: 0 });
  });
});
