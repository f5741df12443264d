import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ContributorInsightsMode, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { mailTableShape as shape } from '../../platform/aws/table-shapes.ts';

export interface MailTableProps {
  /** @default - RETAIN: it says which message stands where, so it stays when the stack is deleted, and is removed by hand */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table behind MailboxStore and AccountDirectory: accounts with their passwords, mailboxes, messages. */
export class MailTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: MailTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      sortKey: { name: shape.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: shape.expiry, // on what was remembered for a while alone; mail never carries it
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // A mailbox is one partition, which takes 1,000 writes/s: only the key's name tells which is hot. It costs nothing while no key is throttled.
      contributorInsightsSpecification: { enabled: true, mode: ContributorInsightsMode.THROTTLED_KEYS },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
  }

  /** All that sessions and deliveries do: single items, partitions, transactions. No scan and no administration. */
  grantUse(grantee: IGrantable): Grant {
    return this.table.grant(
      grantee,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:ConditionCheckItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    );
  }
}
