import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { collectTableShape, failureTableShape, spoolTableShape } from '../../platform/aws/table-shapes.ts';
import { rights, tableOf } from './data-template.ts';
import { requestsIn } from './requests-made.ts';
import { actionsOf } from './statements.ts';

describe('the table of the spool', () => {
  const spool = tableOf('Spool');

  it('has a row per message and next hop, and two sparse indexes that tell what is due, with no more in them than is read', () => {
    const ordered = (key: string) => [
      { AttributeName: key, KeyType: 'HASH' },
      { AttributeName: spoolTableShape.readyAt, KeyType: 'RANGE' },
    ];
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: spoolTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: spoolTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        { IndexName: spoolTableShape.hopIndex, KeySchema: ordered(spoolTableShape.hopKey), Projection: { ProjectionType: 'KEYS_ONLY' } },
        {
          IndexName: spoolTableShape.dueIndex,
          KeySchema: ordered(spoolTableShape.dueKey),
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [spoolTableShape.hop] },
        },
      ],
    });
  });

  it('stays when the stack goes, cannot be deleted by mistake, and can be looked at as it was at any second', () => {
    spool.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('is never swept: a row is a promise', () => {
    spool.hasResourceProperties('AWS::DynamoDB::GlobalTable', { TimeToLiveSpecification: Match.absent() });
  });

  it('lets a worker claim and end rows, and neither scan nor administer; the sweep may only look for what is due', () => {
    const deliver = actionsOf(rights((stack, role) => stack.spool.grantDeliver(role)));
    assert.deepEqual(
      new Set(deliver),
      new Set(['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem']),
    );
    assert.deepEqual(actionsOf(rights((stack, role) => stack.spool.grantFindDue(role))), ['dynamodb:Query']);
  });
});

describe('the table of failures', () => {
  it('is swept by DynamoDB and goes with the stack, since it is learnt again', () => {
    const failures = tableOf('Failures');
    failures.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: failureTableShape.expiry, Enabled: true },
    });
    failures.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Delete', UpdateReplacePolicy: 'Delete' });
  });

  it('lets a worker ask and note, and neither scan nor replace an item', () => {
    assert.deepEqual(
      rights((stack, role) => stack.failures.grantUse(role)),
      [
        {
          Action: ['dynamodb:BatchGetItem', 'dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:UpdateItem'],
          Effect: 'Allow',
          Resource: { 'Fn::GetAtt': ['Failures67E4CD00', 'Arn'] },
        },
      ],
    );
  });
});

describe('the table of sources to collect from', () => {
  const collect = tableOf('Collect');

  it('has a source and its messages in one partition, and one sparse index that tells which are due and at which host', () => {
    collect.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: collectTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: collectTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: collectTableShape.dueIndex,
          KeySchema: [
            { AttributeName: collectTableShape.dueKey, KeyType: 'HASH' },
            { AttributeName: collectTableShape.readyAt, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: [collectTableShape.host] },
        },
      ],
    });
  });

  it('stays when the stack goes, is never swept, and can be looked at as it was: without it all mail would come a second time', () => {
    collect.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    collect.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: Match.absent(),
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('lets the schedule look into the index of what is due, and nowhere else', () => {
    const [only, ...more] = rights((stack, role) => stack.collect.grantFindDue(role));
    assert.deepEqual([only?.Action, more], ['dynamodb:Query', []]);
    assert.match(JSON.stringify(only?.Resource), new RegExp(`/index/${collectTableShape.dueIndex}"`));
  });

  it('lets a collecting session claim, remember and settle, and read no directory', () => {
    assert.deepEqual(actionsOf(rights((stack, role) => stack.collect.grantCollect(role))), [
      'dynamodb:ConditionCheckItem',
      'dynamodb:DeleteItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ]);
  });

  it('lets nobody scan, and an operator no more than the adapter asks for', () => {
    const operate = actionsOf(rights((stack, role) => stack.collect.grantOperate(role)));
    assert.deepEqual(operate, [...new Set([...requestsIn('collect'), 'dynamodb:PutItem'])].sort()); // PutItem: in transactions
  });
});
