import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { collectTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { grantOnItems } from './table-rights.ts';

export interface CollectTableProps {
  /** @default - RETAIN: without what it remembers all mail that other servers still have would come a second time */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table behind CollectSources. Passwords are not in it: a source names a secret. */
export class CollectTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: CollectTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      sortKey: { name: shape.sortKey, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: shape.dueIndex,
          partitionKey: { name: shape.dueKey, type: AttributeType.STRING },
          sortKey: { name: shape.readyAt, type: AttributeType.NUMBER },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [shape.host],
        },
      ],
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
  }

  /** See whether anything is due, and nothing else. */
  grantFindDue(grantee: IGrantable): Grant {
    return Grant.addToPrincipal({
      grantee,
      actions: ['dynamodb:Query'],
      resourceArns: [`${this.table.tableArn}/index/${shape.dueIndex}`],
    });
  }

  /** Claim sources, remember their messages, settle. ConditionCheckItem is the look at the claim in each of those transactions. */
  grantCollect(grantee: IGrantable): Grant {
    grantOnItems(
      this.table,
      grantee,
      'dynamodb:ConditionCheckItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
    );
    return this.grantFindDue(grantee);
  }

  /** Add, list, hold, release and remove sources. No scan: the directory is a partition. */
  grantOperate(grantee: IGrantable): Grant {
    return grantOnItems(
      this.table,
      grantee,
      'dynamodb:GetItem',
      'dynamodb:BatchGetItem',
      'dynamodb:Query',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:BatchWriteItem',
    );
  }
}
