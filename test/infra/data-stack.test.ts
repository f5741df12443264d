import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Template } from 'aws-cdk-lib/assertions';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { secretsPath, stageSecrets } from '../../platform/aws/stage-names.ts';
import { template } from './data-template.ts';
import { appOf } from './stage-app.ts';

describe('the secret of the certificate', () => {
  it('is made under the name that listeners look for, with a word that is no certificate, so that a deploy never writes it again', () => {
    template.hasResourceProperties('AWS::SecretsManager::Secret', {
      Name: `${secretsPath('test')}${stageSecrets.certificate}`,
      SecretString: 'none',
    });
  });

  it('stays when the stack goes, since the private key may be nowhere else; not when the stack never came to stand, or its name would be taken', () => {
    template.hasResource('AWS::SecretsManager::Secret', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
  });
});

describe('a stage whose data may go', () => {
  it('deletes every table, the bucket and the secret with the stack', () => {
    const goes = Template.fromStack(new DataStack(appOf(), 'mailweir-test-data', { stage: parseStage('test'), keepData: false }));
    for (const type of ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::SecretsManager::Secret']) {
      goes.allResources(type, { DeletionPolicy: 'Delete' });
    }
  });
});

describe('a stage', () => {
  it('refuses a stage that cannot stand in a stack name and an SSM path, and says which can', () => {
    for (const stage of ['', 'x', 'Prod', '1st', 'prod-', 'pro/d', 'a'.repeat(21), undefined, 7]) {
      assert.throws(() => parseStage(stage), /^Error: stage .*give 2 to 20 of a-z, 0-9 and "-".* -c stage=prod$/);
    }
    assert.equal(parseStage('eu-1'), 'eu-1');
  });
});
