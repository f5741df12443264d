import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { edge, serviceNames } from './edge-template.ts';
import { oneOf } from './stage-app.ts';
import { actionsOf, type Statement } from './statements.ts';

/** What the role of a service's tasks may do. */
function rightsOf(name: ServiceName): readonly Statement[] {
  return oneOf(edge, 'AWS::IAM::Policy', `Edge${name}TaskTaskRole`).Properties.PolicyDocument.Statement;
}

const on = (statements: readonly Statement[], resource: RegExp) =>
  statements.filter(({ Resource }) => resource.test(JSON.stringify(Resource)));

/** Of rows of mailboxes these attributes, by their short names; whoever names none is refused. */
const whatCounts = {
  Action: 'dynamodb:BatchGetItem',
  Condition: {
    Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
    'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['b/*'] },
    'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['pk', 'sk', 'n', 'us', 'dl', 'sz', 'rc', 'un', 'hm'] },
    StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
  },
};

describe('what a task may do', () => {
  it('names single actions, on tables, queues, the bucket and secrets of the stage alone', () => {
    for (const statement of serviceNames.flatMap(rightsOf)) {
      assert.equal(statement.Effect, 'Allow');
      for (const action of actionsOf([statement])) assert.match(action, /^(dynamodb|s3|sqs|secretsmanager):[A-Za-z]+$/);
      assert.notEqual(statement.Resource, '*');
    }
  });

  it('is of the service: what takes in mail from strangers reads counts of mailboxes, no message and no body', () => {
    const smtp = rightsOf('smtp');
    const partitions = on(smtp, /Mail/).map(({ Condition }) => Condition?.['ForAllValues:StringLike']?.['dynamodb:LeadingKeys']);
    assert.deepEqual(partitions, [['u/*', 'accounts', 'changes'], ['b/*'], ['processes']]);
    const bodies = on(smtp, /Bodies/).map(({ Action, Resource }) => [Action, /"\/(.*?)"/.exec(JSON.stringify(Resource))?.[1]]);
    assert.deepEqual(bodies, [
      [['s3:AbortMultipartUpload', 's3:DeleteObject', 's3:PutObject'], 'spool/*'],
      ['s3:GetObject', 'spool/*.facts'],
    ]);
  });

  it('lets it hold quotas by the counts of mailboxes, which it must ask for by name', () => {
    const counting = on(rightsOf('smtp'), /Mail/).filter(({ Condition }) => JSON.stringify(Condition).includes('"b/*"'));
    assert.deepEqual(
      counting.map(({ Action, Condition }) => ({ Action, Condition })),
      [whatCounts],
    );
  });

  it('lets it check passwords and change none', () => {
    const [logIn] = on(rightsOf('smtp'), /Mail/);
    assert.deepEqual(logIn?.Action, ['dynamodb:BatchGetItem', 'dynamodb:GetItem', 'dynamodb:Query']);
  });

  it('lets only the service that takes in mail add to the spool and wake workers', () => {
    assert.deepEqual(actionsOf(on(rightsOf('smtp'), /Spool|outbound|local/)), [
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
      'sqs:SendMessage',
    ]);
    assert.deepEqual(on(rightsOf('mailbox'), /Spool|Queue|outbound|local|collect/i), []);
  });

  it('lets every listener read the certificate, and no other secret', () => {
    for (const name of serviceNames) {
      const secrets = on(rightsOf(name), /secretsmanager/);
      assert.deepEqual(actionsOf(secrets), ['secretsmanager:GetSecretValue']);
      assert.match(JSON.stringify(secrets[0]?.Resource), /secret:mailweir\/test\/certificate\*"/);
    }
  });

  it('lets whoever starts it pull the image and write its log', () => {
    for (const name of serviceNames) {
      const { Statement } = oneOf(edge, 'AWS::IAM::Policy', `Edge${name}TaskExecutionRole`).Properties.PolicyDocument;
      for (const action of actionsOf(Statement)) assert.match(action, /^(ecr|logs):/);
    }
  });
});

describe('the policy of operators', () => {
  const { Properties: policy } = oneOf(edge, 'AWS::IAM::ManagedPolicy', 'Operator');
  const statements: readonly Statement[] = policy.PolicyDocument.Statement;

  it('has a name that the stage’s gives, and is nobody’s by the deploy', () => {
    assert.equal(policy.ManagedPolicyName, 'mailweir-test-operator');
    assert.deepEqual([policy.Users, policy.Roles, policy.Groups], [undefined, undefined, undefined]);
  });

  it('lets its holder tune, ask processes, and find the stage', () => {
    assert.deepEqual(actionsOf(on(statements, /:lambda:/)), ['lambda:InvokeFunction']);
    assert.match(JSON.stringify(on(statements, /:lambda:/)), /function:mailweir-test-ask-processes/);
    assert.deepEqual(actionsOf(on(statements, /:ssm:/)), ['ssm:GetParameter', 'ssm:GetParametersByPath', 'ssm:PutParameter']);
  });

  it('writes rows of mailboxes, and reads no more than their counts', () => {
    const mailboxes = on(statements, /Mail/).filter(({ Condition }) => JSON.stringify(Condition).includes('"b/*"'));
    const [counting, writing, ...more] = mailboxes;
    assert.deepEqual(more, []);
    assert.deepEqual({ Action: counting?.Action, Condition: counting?.Condition }, whatCounts);
    assert.deepEqual(writing?.Action, [
      'dynamodb:BatchWriteItem',
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ]);
  });

  it('reaches annotations and lists of rights, which go with an account that is removed', () => {
    const reaching = on(statements, /Mail/).filter(
      ({ Condition }) => /"a\/\*"/.test(JSON.stringify(Condition)) && /"g\/\*"/.test(JSON.stringify(Condition)),
    );
    const actions = actionsOf(reaching);
    for (const action of ['Query', 'GetItem', 'DeleteItem', 'PutItem']) assert.ok(actions.includes(`dynamodb:${action}`), action);
  });

  it('lets its holder look at how mail would leave, hold hosts and see what is known of them', () => {
    const expected = ['BatchGetItem', 'DeleteItem', 'GetItem', 'Scan', 'UpdateItem'].map((action) => `dynamodb:${action}`);
    assert.deepEqual(actionsOf(on(statements, /Failures/)), expected);
  });

  it('reads bodies of the spool, which reports begin with, and none of mailboxes', () => {
    assert.deepEqual(
      on(statements, /:s3:|Bodies/).map(({ Resource }) => JSON.stringify(Resource).match(/"(\/[^"]*)"/)?.[1]),
      ['/spool/*'],
    );
  });

  it('is small enough for IAM, which takes 6,144 characters', () => {
    assert.ok(JSON.stringify(policy.PolicyDocument).length < 6_144); // references are longer in the template than what they stand for
  });
});
