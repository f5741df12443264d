import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { addressTableShape as shape } from '../../platform/aws/table-shapes.ts';

export interface AddressTableProps {
  /** @default - RETAIN: it says who has mail here, so it stays when the stack is deleted, and is removed by hand */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table behind AddressBook. No password is in it, so that whoever sends reports may read all of it. */
export class AddressTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: AddressTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
  }

  /** Look up addresses and domains. */
  grantRead(grantee: IGrantable): Grant {
    return this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:BatchGetItem');
  }

  /** Add and remove accounts and aliases, in transactions over this table and that of mail. */
  grantOperate(grantee: IGrantable): Grant {
    this.grantRead(grantee);
    return this.table.grant(grantee, 'dynamodb:ConditionCheckItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem');
  }
}
