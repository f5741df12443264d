import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { failureTableShape as shape } from '../../platform/aws/table-shapes.ts';

export interface FailureTableProps {
  /** @default - DESTROY: what it forgets is learnt again, by one failed connection or one fetch each; holds are set again by hand */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table behind FailureCache and PolicyCache. */
export class FailureTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: FailureTableProps = {}) {
    super(scope, id);
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: shape.expiry, // only tidies; expiry is compared by whoever reads
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
  }

  /** Ask, note and forget single peers and policies. */
  grantUse(grantee: IGrantable): Grant {
    return this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
  }

  /** List, hold and clear peers, and keep policies that a look at a route brought: a scan, for operators. */
  grantOperate(grantee: IGrantable): Grant {
    this.grantUse(grantee);
    return this.table.grant(grantee, 'dynamodb:Scan');
  }
}
