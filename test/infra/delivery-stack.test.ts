import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { matchesGlob } from 'node:path';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { collectKey, collectServerKey, outboundKey, sessionsKey } from '../../core/slots/slot-key.ts';
import type { SlotKey } from '../../core/slots/slot-store.ts';
import { partKey } from '../../core/slots/split/part-layout.ts';
import { type WorkerName, wokenBy, workerNames, workers } from '../../infra/workers.ts';
import { pkOfKey } from '../../platform/aws/dynamodb/slot-items.ts';
import { mappingConcurrency } from '../../platform/aws/settings/session-mapping.ts';
import { askFunction, signingKeys } from '../../platform/aws/stage-names.ts';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import { keepDkimKey, makeDkimKey } from '../../platform/node/dkim-keys.ts';
import { oneOf, resources, root } from './stage-app.ts';
import { workerStacks } from './worker-stacks.ts';

const stage = Template.fromStack(workerStacks().delivery);
const direct = Template.fromStack(workerStacks({ route: 'direct' }).delivery);

const idOf = (name: string) => name.replaceAll('-', '');
const functionNamed = (name: string, template = stage) => {
  const all = Object.entries(resources(template, 'AWS::Lambda::Function'));
  const found = all.find(([, { Properties }]) => Properties.FunctionName === `mailweir-test-${name}`);
  assert.ok(found, name);
  return { id: found[0], properties: found[1].Properties };
};
const queueNamed = (name: string) => {
  const [id] = Object.entries(resources(stage, 'AWS::SQS::Queue')).find(([one]) => new RegExp(`^${name}queue[0-9A-F]{8}$`).test(one)) ?? [];
  assert.ok(id, name);
  return { id, properties: resources(stage, 'AWS::SQS::Queue')[id]?.Properties };
};
const mappingNamed = (name: string) => oneOf(stage, 'AWS::Lambda::EventSourceMapping', `${name}queueMapping`).Properties;

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const statements = (name: WorkerName, template = stage): readonly Statement[] =>
  oneOf(template, 'AWS::IAM::Policy', `${idOf(name)}RoleDefaultPolicy`).Properties.PolicyDocument.Statement;
const actionsOf = ({ Action }: Statement): readonly string[] => [Action].flat();
/** All that a role may do, with what the resource of each right is. */
const rights = (name: WorkerName) =>
  statements(name)
    .filter(({ Effect }) => Effect === 'Allow')
    .flatMap((statement) => actionsOf(statement).map((action) => ({ action, on: JSON.stringify(statement.Resource) })));
const may = (name: WorkerName, action: string): readonly string[] =>
  rights(name).flatMap((right) => (right.action === action ? [right.on] : []));

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

describe('the rights of functions', () => {
  it('let none send to the queue that wakes it, nor two wake each other: Lambda stops such a loop after sixteen rounds', () => {
    const wakes = new Map(
      workerNames.map((name) => [
        name,
        Object.entries(wokenBy).flatMap(([queue, worker]) =>
          may(name, 'sqs:SendMessage').some((on) => on.includes(queueNamed(queue).id)) ? [worker] : [],
        ),
      ]),
    );
    const reached = (from: WorkerName, seen = new Set<WorkerName>()): ReadonlySet<WorkerName> => {
      for (const next of wakes.get(from) ?? []) {
        if (seen.has(next)) continue;
        seen.add(next);
        reached(next, seen);
      }
      return seen;
    };
    assert.deepEqual(wakes.get('deliver-outbound'), ['deliver-local']);
    for (const name of workerNames) assert.ok(!reached(name).has(name), name);
  });

  it('give passwords and mailboxes to those alone that deliver into mailboxes or purge them', () => {
    const reading = workerNames.filter((name) =>
      statements(name).some((one) => JSON.stringify(one.Resource).includes('FnGetAttMail') && one.Condition === undefined),
    );
    assert.deepEqual(reading, ['deliver-local', 'tidy']);
  });

  it('show bodies of mailboxes to those alone that deliver into mailboxes: the others have the spool’s, and collecting reads none', () => {
    const reading = (name: WorkerName) => may(name, 's3:GetObject').map((on) => on.match(/"(\/[^"]*)"/)?.[1]);
    assert.deepEqual(reading('deliver-local'), ['/*']);
    assert.deepEqual(reading('deliver-outbound'), ['/spool/*']);
    assert.deepEqual(reading('collect'), ['/spool/*.facts']);
    assert.deepEqual(may('deliver-outbound', 's3:PutObject'), may('deliver-outbound', 's3:GetObject'));
  });

  it('let only outbound sessions look for secrets: keys that sign', () => {
    assert.deepEqual(
      workerNames.filter((name) => may(name, 'secretsmanager:ListSecrets').length > 0),
      ['deliver-outbound'],
    );
  });

  it('keep keys that sign mail from collecting, and the key of TLS from both that read secrets', async () => {
    const kept = (name: WorkerName) =>
      statements(name).flatMap(({ Effect, Resource }) =>
        Effect === 'Deny' ? JSON.stringify(Resource).match(/secret:mailweir[^"]*/g) : [],
      );
    assert.deepEqual(kept('deliver-outbound'), ['secret:mailweir/test/certificate*']);
    assert.deepEqual(kept('collect'), ['secret:mailweir/test/certificate*', 'secret:mailweir/test/dkim.*']);
    const names: string[] = [];
    const store = {
      put: async (name: string) => void names.push(name),
      get: async () => undefined,
      names: async () => [],
      remove: async () => false,
    };
    await keepDkimKey(store, await makeDkimKey('mailweir.test', 's1', 'ed25519', 0));
    assert.deepEqual(
      names.map((name) => name.startsWith(signingKeys)),
      [true],
    );
  });

  it('let tidying scan the rows of the spool, and no index', () => {
    assert.doesNotMatch(may('tidy', 'dynamodb:Scan').join(), /index/);
  });

  it('let only outbound sessions send by SES, as any domain of the account', () => {
    const sending = workerNames.filter((name) => may(name, 'ses:SendRawEmail').length > 0);
    assert.deepEqual(sending, ['deliver-outbound']);
    assert.match(may('deliver-outbound', 'ses:SendRawEmail').join(), /:configuration-set\/\*.*:identity\/\*/);
  });

  it('let a function that takes no slots read the settings and no slot', () => {
    for (const name of ['deliver-local', 'plan-collect'] as const) {
      const onSlots = statements(name).filter(({ Resource }) => JSON.stringify(Resource).includes('FnGetAttSlots'));
      assert.deepEqual(
        onSlots.map(({ Action, Condition }) => [Action, (Condition as { Null: unknown }).Null]),
        [['dynamodb:GetItem', { 'dynamodb:LeadingKeys': 'false' }]],
        name,
      );
    }
  });

  it('let dispatch-due read the totals that functions hold, with the parts of each, and of no others', () => {
    const partitions = statements('dispatch-due')
      .filter(({ Resource }) => JSON.stringify(Resource).includes('FnGetAttSlots'))
      .flatMap(({ Action, Condition }) => {
        assert.equal(Action, 'dynamodb:GetItem');
        return (Condition as Record<string, Record<string, string | string[]>>)['ForAllValues:StringLike']?.['dynamodb:LeadingKeys'] ?? [];
      });
    const mayRead = (key: SlotKey): boolean => partitions.some((pattern) => matchesGlob(pkOfKey(key).pk.S, pattern));
    for (const key of [outboundKey(), collectKey()])
      for (const one of [key, partKey(key, 0), partKey(key, 63)]) assert.ok(mayRead(one), one);
    for (const key of [sessionsKey('imap'), partKey(sessionsKey('imap'), 0), collectServerKey('pop.example.net')])
      assert.ok(!mayRead(key), key);
  });

  it('let apply-settings change one mapping, and read the parameters of the stage by their path', () => {
    assert.match(may('apply-settings', 'lambda:UpdateEventSourceMapping').join(), /event-source-mapping:.*outboundqueueMapping/);
    const [on = ''] = may('apply-settings', 'ssm:GetParametersByPath');
    assert.match(on, /:parameter\/mailweir\/test"/);
    assert.match(on, /:parameter\/mailweir\/test\/\*"/);
    assert.deepEqual(may('apply-settings', 'ssm:PutParameter'), []);
  });

  it('keep the right to make network interfaces from the code itself: it is Lambda’s, in the name of the role', () => {
    const denied = statements('deliver-local').filter(({ Effect }) => Effect === 'Deny');
    assert.equal(denied.length, 1);
    assert.match(JSON.stringify(denied[0]?.Condition), /lambda:SourceFunctionArn.*:function:mailweir-test-deliver-local/);
  });

  it('name every action, and no managed policy of AWS', () => {
    for (const name of workerNames) for (const { action } of rights(name)) assert.doesNotMatch(action, /\*/);
    for (const { Properties } of Object.values(resources(stage, 'AWS::IAM::Role'))) assert.equal(Properties.ManagedPolicyArns, undefined);
  });
});
