import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { explainWildcard } from '../../infra/constructs/wildcards.ts';
import { SecurityChecks } from '../../infra/security-checks.ts';

/** A role that may read each of the resources, and what is said about it. */
function found(resources: readonly string[], explain: (role: Role) => void = () => {}): readonly string[] {
  const app = new App();
  const role = new Role(new Stack(app, 'stack'), 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources: [...resources] }));
  explain(role);
  return new SecurityChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName);
}

describe('the check of the whole app', () => {
  it('refuses a wildcard that nobody explains', () => {
    assert.deepEqual(found(['arn:aws:s3:::bodies/*']), ['AwsSolutions-IAM5[Resource::arn:aws:s3:::bodies/*]']);
  });

  it('takes one that is explained beside the right, by how it ends', () => {
    assert.deepEqual(
      found(['arn:aws:s3:::bodies/*'], (role) => explainWildcard(role, '/*', 'names are random')),
      [],
    );
  });

  it('refuses one that ends otherwise than the one that is explained', () => {
    assert.deepEqual(
      found(['arn:aws:s3:::bodies/*', 'arn:aws:s3:::*'], (role) => explainWildcard(role, '/*', 'names are random')),
      ['AwsSolutions-IAM5[Resource::arn:aws:s3:::*]'],
    );
  });

  it('takes a right on everything for explained only when just that is explained', () => {
    const everything = 'AwsSolutions-IAM5[Resource::*]';
    assert.deepEqual(
      found(['*'], (role) => explainWildcard(role, '/*', 'names are random')),
      [everything],
    );
    assert.deepEqual(
      found(['*'], (role) => explainWildcard(role, '*', 'AWS knows no resource for it')),
      [],
    );
    assert.deepEqual(
      found(['arn:aws:s3:::*'], (role) => explainWildcard(role, '*', 'AWS knows no resource for it')),
      ['AwsSolutions-IAM5[Resource::arn:aws:s3:::*]'],
    );
  });

  it('does not take what one role explains for another', () => {
    const explainsForAnother = (role: Role): void => {
      explainWildcard(
        new Role(Stack.of(role), 'Other', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }),
        '/*',
        'names are random',
      );
    };
    assert.equal(found(['arn:aws:s3:::bodies/*'], explainsForAnother).length, 1);
  });

  it('knows explanations of a managed policy', () => {
    const app = new App();
    const policy = new ManagedPolicy(new Stack(app, 'stack'), 'Operator');
    policy.addStatements(new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::bodies/*'] }));
    explainWildcard(policy, '/*', 'names are random');
    assert.deepEqual(new SecurityChecks(app).validateScope(app).violations, []);
  });

  it('refuses an action with a wildcard, whatever is explained', () => {
    const app = new App();
    const role = new Role(new Stack(app, 'stack'), 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    role.addToPolicy(new PolicyStatement({ actions: ['s3:*'], resources: ['arn:aws:s3:::bodies/one'] }));
    explainWildcard(role, '*', 'all of it');
    assert.deepEqual(
      new SecurityChecks(app).validateScope(app).violations.map(({ ruleName }) => ruleName),
      ['AwsSolutions-IAM5[Action::s3:*]'],
    );
  });
});
