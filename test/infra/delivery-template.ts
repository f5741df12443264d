import assert from 'node:assert/strict';
import { Template } from 'aws-cdk-lib/assertions';
import { resources } from './stage-app.ts';
import { workerStacks } from './worker-stacks.ts';

/** Of a stage as it is by default. */
export const stage = Template.fromStack(workerStacks().delivery);

export const functionNamed = (name: string, template = stage) => {
  const all = Object.entries(resources(template, 'AWS::Lambda::Function'));
  const found = all.find(([, { Properties }]) => Properties.FunctionName === `mailweir-test-${name}`);
  assert.ok(found, name);
  return { id: found[0], properties: found[1].Properties };
};

export const queueNamed = (name: string) => {
  const [id] = Object.entries(resources(stage, 'AWS::SQS::Queue')).find(([one]) => new RegExp(`^${name}queue[0-9A-F]{8}$`).test(one)) ?? [];
  assert.ok(id, name);
  return { id, properties: resources(stage, 'AWS::SQS::Queue')[id]?.Properties };
};
