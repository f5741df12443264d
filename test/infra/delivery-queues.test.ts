import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { wokenBy, workers } from '../../infra/workers.ts';
import { mappingConcurrency } from '../../platform/aws/settings/session-mapping.ts';
import { functionNamed, queueNamed, stage } from './delivery-template.ts';
import { oneOf, resources } from './stage-app.ts';
import type { Statement } from './statements.ts';
import { workerStacks } from './worker-stacks.ts';

const mappingNamed = (name: string) => oneOf(stage, 'AWS::Lambda::EventSourceMapping', `${name}queueMapping`).Properties;

describe('the queues of a stage', () => {
  for (const [name, worker] of Object.entries(wokenBy)) {
    const { properties } = queueNamed(name);

    it(`hide a wake-up of ${worker} for six times its longest run, so that one held up until Lambda has room is not counted as tried`, () => {
      assert.equal(properties.VisibilityTimeout, 6 * workers[worker].timeout.toSeconds());
    });

    it(`keep a wake-up of ${worker} longer than all its tries take, so that one that fails is put aside and not forgotten`, () => {
      assert.ok(properties.MessageRetentionPeriod > properties.VisibilityTimeout * properties.RedrivePolicy.maxReceiveCount);
    });

    it(`put aside what ${worker} failed at five times, for two weeks: Lambda also counts what it only gave back`, () => {
      const [aside] = properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'];
      assert.equal(properties.RedrivePolicy.maxReceiveCount, 5);
      assert.equal(resources(stage, 'AWS::SQS::Queue')[aside]?.Properties.MessageRetentionPeriod, 14 * 24 * 3600);
    });
  }

  it('are standard ones: wake-ups are hints, and one of a FIFO group that fails would hold up the others', () => {
    for (const { Properties } of Object.values(resources(stage, 'AWS::SQS::Queue'))) assert.equal(Properties.FifoQueue, undefined);
  });

  it('are encrypted with keys of SQS, which cost nothing and stand in nobody’s way', () => {
    for (const { Properties } of Object.values(resources(stage, 'AWS::SQS::Queue'))) assert.equal(Properties.SqsManagedSseEnabled, true);
  });

  it('take requests over TLS alone', () => {
    const policies = Object.values(resources(stage, 'AWS::SQS::QueuePolicy')).map(({ Properties }) => Properties);
    assert.equal(policies.length, Object.keys(resources(stage, 'AWS::SQS::Queue')).length);
    for (const { PolicyDocument } of policies) {
      const deny = PolicyDocument.Statement.find(({ Effect }: Statement) => Effect === 'Deny');
      assert.deepEqual(deny.Condition, { Bool: { 'aws:SecureTransport': 'false' } });
      assert.equal(deny.Action, 'sqs:*');
    }
  });
});

describe('what hands wake-ups over', () => {
  for (const [name, worker] of Object.entries(wokenBy)) {
    it(`gives ${worker} one at a time: an invocation is a session, and one that fails takes no other back with it`, () => {
      const { BatchSize, FunctionName, EventSourceArn } = mappingNamed(name);
      assert.equal(BatchSize, 1);
      assert.deepEqual(FunctionName, { Ref: functionNamed(worker).id });
      assert.deepEqual(EventSourceArn, { 'Fn::GetAtt': [queueNamed(name).id, 'Arn'] });
    });

    it(`asks ${worker} which records failed, without which its answer would count for nothing`, () => {
      assert.deepEqual(mappingNamed(name).FunctionResponseTypes, ['ReportBatchItemFailures']);
    });
  }

  it('begins with as many outbound sessions as outbound/sessions allows by default', () => {
    const MaximumConcurrency: number = mappingNamed('outbound').ScalingConfig.MaximumConcurrency;
    assert.equal(outboundSettings.sessions.default, MaximumConcurrency);
    assert.ok(MaximumConcurrency >= mappingConcurrency.least && MaximumConcurrency <= mappingConcurrency.most);
  });

  it('says nothing of the outbound mapping that a later deploy could say otherwise, because CloudFormation would then undo what an operator tuned', () => {
    const other = Template.fromStack(workerStacks({ route: 'direct', keepData: false, hostname: 'mx.example.net' }).delivery);
    assert.deepEqual(oneOf(other, 'AWS::Lambda::EventSourceMapping', 'outboundqueueMapping').Properties, mappingNamed('outbound'));
  });

  it('bounds no collecting sessions and no local deliveries: there are never more wake-ups than collect/sessions, and slots count', () => {
    assert.equal(mappingNamed('collect').ScalingConfig, undefined);
    assert.equal(mappingNamed('local').ScalingConfig, undefined);
  });
});
