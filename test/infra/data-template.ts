import assert from 'node:assert/strict';
import { Template } from 'aws-cdk-lib/assertions';
import { type IGrantable, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { appOf } from './stage-app.ts';
import type { Statement } from './statements.ts';

const dataStack = (): DataStack => new DataStack(appOf(), 'mailweir-test-data', { stage: parseStage('test') });

/** What a role may do that was given nothing but `grant`. */
export function rights(grant: (stack: DataStack, role: IGrantable) => unknown): readonly Statement[] {
  const stack = dataStack();
  grant(stack, new Role(stack, 'Worker', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') }));
  const [policy, ...more] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'));
  assert.deepEqual(more, []);
  return policy?.Properties.PolicyDocument.Statement;
}

export const template = Template.fromStack(dataStack());

/** Only the table whose logical id begins so. */
export function tableOf(prefix: string): Template {
  const tables = Object.entries(template.findResources('AWS::DynamoDB::GlobalTable')).filter(([id]) => id.startsWith(prefix));
  assert.equal(tables.length, 1);
  return Template.fromJSON({ Resources: Object.fromEntries(tables) });
}
