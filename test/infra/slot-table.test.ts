import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { slotTableShape } from '../../platform/aws/table-shapes.ts';
import { rights, tableOf } from './data-template.ts';
import { requestsIn } from './requests-made.ts';

describe('the table of slots', () => {
  const slots = tableOf('Slots');

  it('has one key, a string, and no index: each admission is one write to one item', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [{ AttributeName: slotTableShape.partitionKey, KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: slotTableShape.partitionKey, AttributeType: 'S' }],
      GlobalSecondaryIndexes: Match.absent(),
      LocalSecondaryIndexes: Match.absent(),
    });
  });

  it('has its old items swept by DynamoDB, since nobody here scans for them', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: slotTableShape.expiry, Enabled: true },
    });
  });

  it('is paid per request, so that a reconnect storm finds no capacity that somebody guessed', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      BillingMode: 'PAY_PER_REQUEST',
      WriteProvisionedThroughputSettings: Match.absent(),
    });
  });

  it('is encrypted with a key of DynamoDB, so that no admission waits for KMS', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', { SSESpecification: { SSEEnabled: false } });
  });

  it('is in one Region, without backups and streams: a count copied or restored is wrong by the sessions of the meantime', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ Region: { Ref: 'AWS::Region' }, PointInTimeRecoverySpecification: Match.absent() }],
      StreamSpecification: Match.absent(),
    });
  });

  it('names the limits that are throttled, and only those, since an item takes 1,000 writes a second at most', () => {
    slots.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ ContributorInsightsSpecification: { Enabled: true, Mode: 'THROTTLED_KEYS' } }],
    });
  });

  it('goes with the stack, since it holds leases and no mail', () => {
    slots.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  const onSlots = (...actions: readonly string[]) => [
    { Action: actions, Effect: 'Allow', Resource: { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] } },
  ];

  it('lets a holder read single items and write all but that of settings, and neither scan nor delete nor administer', () => {
    const Resource = { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] };
    assert.deepEqual(
      rights((stack, role) => stack.slots.grantHold(role)),
      [
        { Action: 'dynamodb:GetItem', Effect: 'Allow', Resource },
        {
          Action: 'dynamodb:UpdateItem',
          Condition: {
            'ForAllValues:StringNotEquals': { 'dynamodb:LeadingKeys': [slotTableShape.settingsKey] },
            Null: { 'dynamodb:LeadingKeys': 'false' },
          },
          Effect: 'Allow',
          Resource,
        },
      ],
    );
  });

  const replacesSettings = () => [
    {
      Action: 'dynamodb:PutItem',
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [slotTableShape.settingsKey] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
      Effect: 'Allow',
      Resource: { 'Fn::GetAtt': ['SlotsB57A0B3E', 'Arn'] },
    },
  ];

  it('lets an operator list all of it too, and replace the item of settings, where overrides and route rules stand; no other item', () => {
    assert.deepEqual(
      rights((stack, role) => stack.slots.grantOperate(role)),
      [...replacesSettings(), ...onSlots('dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem')],
    );
  });

  it('is granted just the requests that the adapter makes', () => {
    assert.deepEqual(requestsIn('dynamodb'), ['dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem']);
  });
});
