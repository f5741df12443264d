import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Match } from 'aws-cdk-lib/assertions';
import { mailTableShape } from '../../platform/aws/mail-shapes.ts';
import { addressTableShape } from '../../platform/aws/table-shapes.ts';
import { rights, tableOf } from './data-template.ts';
import { partsIn, requestsIn } from './requests-made.ts';
import { actionsOf } from './statements.ts';

describe('the table of mail', () => {
  const mail = tableOf('Mail');

  it('has accounts and mailboxes as partitions, and no index: a mailbox is read by its own key alone', () => {
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [
        { AttributeName: mailTableShape.partitionKey, KeyType: 'HASH' },
        { AttributeName: mailTableShape.sortKey, KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: Match.absent(),
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: Match.absent(),
    });
  });

  it('stays when the stack goes, cannot be deleted by mistake, and can be looked at as it was at any second', () => {
    mail.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
  });

  it('forgets by itself what was remembered for a while, and names the mailboxes that are throttled', () => {
    mail.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      TimeToLiveSpecification: { AttributeName: mailTableShape.expiry, Enabled: true },
      Replicas: [{ ContributorInsightsSpecification: { Enabled: true, Mode: 'THROTTLED_KEYS' } }],
    });
  });
});

describe('rights on the table of mail', () => {
  /** Requests that the adapters make; parts of transactions are rights of their own, and a transaction that reads is as many reads. */
  const requested = (): readonly string[] => {
    const rooms = ['mailboxes', 'accounts', 'talk', 'dynamodb'];
    const whole = new Set(['dynamodb:TransactWriteItems', 'dynamodb:TransactGetItems', 'dynamodb:Scan', 'dynamodb:Invoke']); // of slots, of Lambda
    return [...new Set([...requestsIn(...rooms), ...partsIn(...rooms)])].filter((action) => !whole.has(action)).sort();
  };

  it('are, for whoever works in mailboxes, just the requests that the adapters make', () => {
    const use = actionsOf(rights((stack, role) => stack.mail.grantUse(role)));
    for (const action of requested()) assert.ok(use.includes(action), action);
    assert.ok(!use.includes('dynamodb:Scan'));
  });

  it('are bound to partitions for whoever has no business in mailboxes, and a request that names no partition is refused', () => {
    const bound = { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['processes'] }, Null: { 'dynamodb:LeadingKeys': 'false' } };
    const find = rights((stack, role) => stack.mail.grantFindProcesses(role));
    assert.deepEqual(
      find.map(({ Condition }) => Condition),
      [bound],
    );
    assert.deepEqual(actionsOf(find), ['dynamodb:Query']);
    const list = rights((stack, role) => stack.mail.grantListProcess(role));
    assert.deepEqual(actionsOf(list), ['dynamodb:UpdateItem']);
    // The others' keys: what a write answers would tell them too.
    assert.deepEqual(
      list.map(({ Condition }) => Condition),
      [{ ...bound, StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } }],
    );
  });
});

describe('the table of addresses', () => {
  const addresses = tableOf('Addresses');

  it('has an item per address and stays when the stack goes: it says who has mail here', () => {
    addresses.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
      KeySchema: [{ AttributeName: addressTableShape.partitionKey, KeyType: 'HASH' }],
      Replicas: [{ DeletionProtectionEnabled: true, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
    });
    addresses.hasResource('AWS::DynamoDB::GlobalTable', { DeletionPolicy: 'Retain', UpdateReplacePolicy: 'Retain' });
  });
});
