import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ContributorInsightsMode, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { annotationShape, countingAttributes, mailTableShape as shape } from '../../platform/aws/mail-shapes.ts';
import { grantInPartitions, grantOnItems } from './table-rights.ts';

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

  /** All that sessions in mailboxes and deliveries into them do: items, partitions, transactions. No scan and no administration. */
  grantUse(grantee: IGrantable): Grant {
    return grantOnItems(this.table, grantee, ...read, ...write);
  }

  /** Check passwords, and hear that one has changed. No mailbox: who talks to strangers has no business there. */
  grantLogIn(grantee: IGrantable): Grant {
    return grantInPartitions(this.table, grantee, read, [accountPartitions, shape.accounts, shape.changes]);
  }

  /** How many messages mailboxes have and of what size, which quotas are held against; of what stands in them nothing. */
  grantCount(grantee: IGrantable): Grant {
    return grantInPartitions(this.table, grantee, ['dynamodb:BatchGetItem'], [mailboxPartitions], {
      'ForAllValues:StringEquals': { 'dynamodb:Attributes': countingAttributes },
      // Whoever names no attributes asks for all: where that leaves the key out, nothing would be compared.
      Null: { 'dynamodb:LeadingKeys': 'false', 'dynamodb:Attributes': 'false' },
      StringEqualsIfExists: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
    });
  }

  /** Find the processes that can be talked to, and with what key: whoever may do this may ask them. */
  grantFindProcesses(grantee: IGrantable): Grant {
    return grantInPartitions(this.table, grantee, ['dynamodb:Query'], [shape.processes]);
  }

  /**
   * Be found as one of the processes that can be talked to, and find no others: who takes mail from strangers and from accounts has nothing to ask them,
   * as only a session in a mailbox makes room for another, and changes no mailbox that they would have to hear of. IAM can't tell the entry of one
   * process from those of others, so an update may answer nothing of what it met: that would be their keys.
   */
  grantListProcess(grantee: IGrantable): Grant {
    const silent = { StringEqualsIfExists: { 'dynamodb:ReturnValues': 'NONE' } };
    return grantInPartitions(this.table, grantee, ['dynamodb:UpdateItem'], [shape.processes], silent);
  }

  /**
   * Add and remove accounts with all that is theirs, aliases and public mailboxes; say who has what rights and what quota. Rows of mailboxes are written for
   * that, and no more than counted.
   */
  grantOperate(grantee: IGrantable): Grant {
    const { accounts, aliases, changes, leaving, doomed } = shape;
    const directory = [accountPartitions, accounts, aliases, changes, leaving, mentionPartitions, annotationPartitions, namesPartitions];
    grantInPartitions(this.table, grantee, read, directory);
    this.grantCount(grantee);
    return grantInPartitions(this.table, grantee, write, [...directory, mailboxPartitions, doomed]);
  }
}

const mailboxPartitions = `${shape.mailboxPrefix}*`;
const annotationPartitions = `${annotationShape.accountPrefix}*`;
const namesPartitions = `${shape.namesPrefix}*`;
const mentionPartitions = `${shape.mentionsPrefix}*`;
const accountPartitions = `${shape.accountPrefix}*`;
const read = ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:Query'] as const;
/** Parts of transactions are rights of their own: ConditionCheckItem is one that only looks. */
const write = [
  'dynamodb:ConditionCheckItem',
  'dynamodb:PutItem',
  'dynamodb:UpdateItem',
  'dynamodb:DeleteItem',
  'dynamodb:BatchWriteItem',
] as const;
