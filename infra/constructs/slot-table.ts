import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, ContributorInsightsMode, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import type { Grant, IGrantable } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { slotTableShape } from '../../platform/aws/table-shapes.ts';
import { grantInPartitions, grantOutsideOf } from './table-rights.ts';

type Name = { readonly name: string };

export interface SlotTableProps {
  /** @default - DESTROY: slots are leases, so a lost table costs one lease of over-admission and no mail */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * The table behind SlotStore. Its key names come from the adapter's shape file, so the two cannot drift apart.
 * It has no backups and no replicas: a restored or copied count would be wrong by the sessions of the meantime.
 */
export class SlotTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, props: SlotTableProps = {}) {
    super(scope, id);
    this.table = new TableV2(this, 'Resource', {
      partitionKey: { name: slotTableShape.partitionKey, type: AttributeType.STRING },
      timeToLiveAttribute: slotTableShape.expiry, // only tidies: AWS may be days late, so nothing is decided by it
      billing: Billing.onDemand(), // a reconnect storm must not find a capacity that somebody guessed
      encryption: TableEncryptionV2.dynamoOwnedKey(), // a KMS key of one's own would put KMS on the road of every admission
      // One item takes 1,000 writes/s in any billing mode: only the key's name tells which limit is hot. It costs nothing while no key is throttled.
      contributorInsightsSpecification: { enabled: true, mode: ContributorInsightsMode.THROTTLED_KEYS },
      removalPolicy: props.removalPolicy ?? RemovalPolicy.DESTROY,
    });
  }

  /**
   * Take, give back and renew: single items by their keys. No PutItem or DeleteItem either, which could replace a count unseen: all that the
   * adapter writes are conditional updates, and what is old goes by TTL. The item of settings is read and not written: whoever talks to strangers
   * sets no limits.
   */
  grantHold(grantee: IGrantable): Grant {
    this.table.grant(grantee, 'dynamodb:GetItem');
    return grantOutsideOf(this.table, grantee, ['dynamodb:UpdateItem'], [slotTableShape.settingsKey]);
  }

  /** Read the settings in force, for whoever takes no slots. */
  grantReadSettings(grantee: IGrantable): Grant {
    return grantInPartitions(this.table, grantee, ['dynamodb:GetItem'], [slotTableShape.settingsKey]);
  }

  /** Read how much of some limits is taken. @param limits the settings: their keys have the same names */
  grantReadTotals(grantee: IGrantable, limits: readonly Name[]): Grant {
    const { keyPrefix, partPrefix } = slotTableShape;
    const keys = limits.flatMap(({ name }) => [`${keyPrefix}${name}`, `${keyPrefix}${partPrefix}*/${name}`]);
    return grantInPartitions(this.table, grantee, ['dynamodb:GetItem'], keys);
  }

  /**
   * List keys and holders, ask a holder for something, clear what a dead one left; set overrides and route rules, which stand in the item of settings
   * alone. Only for operators: a scan is paid by the size of the table.
   */
  grantOperate(grantee: IGrantable): Grant {
    grantInPartitions(this.table, grantee, ['dynamodb:PutItem'], [slotTableShape.settingsKey]);
    return this.table.grant(grantee, 'dynamodb:GetItem', 'dynamodb:Scan', 'dynamodb:UpdateItem');
  }

  /** Carry the parameters of the stage over: replace the one item of settings, and tell limits to the keys they are for. */
  grantApplySettings(grantee: IGrantable): Grant {
    this.grantHold(grantee);
    return grantInPartitions(this.table, grantee, ['dynamodb:PutItem'], [slotTableShape.settingsKey]);
  }
}
