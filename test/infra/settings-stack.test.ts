import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { catalogue } from '../../core/settings/catalogue.ts';
import { declaredParameters, mostDescription } from '../../core/settings/declared-parameters.ts';
import { SettingsStack } from '../../infra/stacks/settings-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { settingsPath } from '../../platform/aws/stage-names.ts';
import { appOf, oneOf, resources } from './stage-app.ts';
import { codeInName } from './worker-stacks.ts';

const stackOf = (keepData = true) =>
  Template.fromStack(
    new SettingsStack(appOf(), 'mailweir-test-settings', { context: { stage: parseStage('test'), keepData }, code: codeInName }),
  );
const template = stackOf();
const asked = (of = template) => oneOf(of, 'Custom::MailweirSettings', 'Settings').Properties;

describe('what is said of a setting in Parameter Store', () => {
  it('is said of each row of the catalogue, modes included; ports alone are the deploy’s and no parameter', () => {
    const ports = catalogue.filter(({ fixed }) => fixed === true);
    assert.deepEqual(
      declaredParameters.map(({ name }) => name),
      ['profile', ...catalogue.filter((setting) => !ports.includes(setting)).map(({ name }) => name)],
    );
    for (const { name } of ports) assert.match(name, /port$/);
  });

  it('tells default and range of each, in what a description may have', () => {
    for (const { name, description } of declaredParameters) {
      assert.match(description, /Default: .+\. Allowed: .+\.$/, name);
      assert.ok(description.length <= mostDescription, name);
    }
  });

  it('tells the default that a setting has on AWS', () => {
    assert.match(declaredParameters.find(({ name }) => name === 'outbound/route')?.description ?? '', /Default: ses\./);
  });

  it('stands under names that Parameter Store allows', () => {
    for (const { name } of declaredParameters) {
      const whole = settingsPath('a-stage-of-20-letter') + name;
      assert.match(whole, /^(\/[a-zA-Z0-9_.-]+)+$/);
      assert.doesNotMatch(whole, /^\/(aws|ssm)/i);
      assert.ok(whole.split('/').length - 1 <= 15 && whole.length <= 1011 - 'arn:aws:ssm:ap-southeast-1:123456789012:parameter'.length);
    }
  });
});

describe('the parameters of a stage', () => {
  it('are no resources of CloudFormation, which would write the template’s value over a tuned one with each new description', () => {
    template.resourceCountIs('AWS::SSM::Parameter', 0);
  });

  it('are looked through when what is said of a setting has changed, and at no other deploy', () => {
    const { declared, stage } = asked();
    assert.match(declared, /^[0-9a-f]{16}$/);
    assert.equal(declared, asked(stackOf(false)).declared);
    assert.equal(stage, 'test');
  });

  it('stay after the stack when they were set, unless the data of the stage is not kept either', () => {
    assert.equal(asked().remove, 'unset');
    assert.equal(asked(stackOf(false)).remove, 'all');
  });

  it('are made by a function that may write under the stage’s path and nowhere else', () => {
    const { Statement } = oneOf(template, 'AWS::IAM::Policy', 'SettingsFunctionRoleDefaultPolicy').Properties.PolicyDocument;
    const writing = Statement.filter(({ Action }: { Action: unknown }) => JSON.stringify(Action).includes('PutParameter'));
    assert.equal(writing.length, 1);
    assert.match(JSON.stringify(writing[0].Resource), /:parameter\/mailweir\/test".*:parameter\/mailweir\/test\/\*"/);
    const everywhere = Statement.filter(({ Resource }: { Resource: unknown }) => Resource === '*');
    assert.deepEqual(
      everywhere.map(({ Action }: { Action: unknown }) => Action),
      ['ssm:DescribeParameters'],
    );
  });

  it('hold a deploy up for ten minutes at most, and not for the hour that CloudFormation waits by itself', () => {
    assert.equal(Number(asked().ServiceTimeout), 600);
  });

  it('wait for the function’s rights before they are made', () => {
    const [[, resource] = []] = Object.entries(template.toJSON().Resources).filter(
      ([, one]) => (one as { Type: string }).Type === 'Custom::MailweirSettings',
    );
    assert.ok((resource as { DependsOn: string[] }).DependsOn.some((id) => id.startsWith('SettingsFunctionRoleDefaultPolicy')));
    assert.equal(Object.keys(resources(template, 'AWS::Lambda::Function')).length, 1);
  });
});
