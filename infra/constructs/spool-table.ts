import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ProjectionType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { spoolTableShape as shape } from '../../platform/aws/table-shapes.ts';
import { grantOnItems } from './table-rights.ts';

export interface SpoolTableProps {
  /** @default - RETAIN: its rows are promises to deliver, so it stays when the stack is deleted, and is removed by hand */
  readonly removalPolicy?: RemovalPolicy;
}

/** The table behind Spool. What is in the indexes is what DynamoSpool reads of them: where to look, and for which next hop. */
export class SpoolTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: SpoolTableProps = {}) {
    super(scope, id);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN;
    const readyAt = { name: shape.readyAt, type: AttributeType.NUMBER };
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: shape.partitionKey, type: AttributeType.STRING },
      sortKey: { name: shape.sortKey, type: AttributeType.NUMBER },
      globalSecondaryIndexes: [
        {
          indexName: shape.hopIndex,
          partitionKey: { name: shape.hopKey, type: AttributeType.STRING },
          sortKey: readyAt,
          projectionType: ProjectionType.KEYS_ONLY,
        },
        {
          indexName: shape.dueIndex,
          partitionKey: { name: shape.dueKey, type: AttributeType.STRING },
          sortKey: readyAt,
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [shape.hop],
        },
      ],
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      // A row deleted by mistake is mail that never arrives: any second of the last 35 days can be looked up in a restored copy.
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: removalPolicy === RemovalPolicy.RETAIN,
      removalPolicy,
    });
  }

  /** Add messages: new rows only. */
  grantAdd(grantee: IGrantable): Grant {
    return grantOnItems(this.table, grantee, 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:Query');
  }

  /** Claim rows, end them, add reports; find what is due. No scan: that is an operator's. */
  grantDeliver(grantee: IGrantable): Grant {
    const { tableArn } = this.table;
    grantOnItems(
      this.table,
      grantee,
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
    );
    return this.onIndexes(grantee, tableArn, shape.hopIndex, shape.dueIndex);
  }

  /** List all rows, hold, release, retry and remove them: a scan is paid by the size of the table. */
  grantOperate(grantee: IGrantable): Grant {
    grantOnItems(this.table, grantee, 'dynamodb:Scan');
    return this.grantDeliver(grantee);
  }

  /** Look for due rows, and nothing else. */
  grantFindDue(grantee: IGrantable): Grant {
    return this.onIndexes(grantee, this.table.tableArn, shape.dueIndex);
  }

  /** Read all rows, for whoever must know which bodies they name. */
  grantReadAll(grantee: IGrantable): Grant {
    return grantOnItems(this.table, grantee, 'dynamodb:Scan');
  }

  private onIndexes(grantee: IGrantable, tableArn: string, ...names: readonly string[]): Grant {
    return Grant.addToPrincipal({ grantee, actions: ['dynamodb:Query'], resourceArns: names.map((name) => `${tableArn}/index/${name}`) });
  }
}
