import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { AddressTable } from '../constructs/address-table.ts';
import { BodyBucket } from '../constructs/body-bucket.ts';
import { CollectTable } from '../constructs/collect-table.ts';
import { FailureTable } from '../constructs/failure-table.ts';
import { MailTable } from '../constructs/mail-table.ts';
import { SlotTable } from '../constructs/slot-table.ts';
import { SpoolTable } from '../constructs/spool-table.ts';
import { StageSecrets } from '../constructs/stage-secrets.ts';
import type { Stage } from '../stage.ts';

export interface DataStackProps {
  readonly stage: Stage;
  /** Whether what can't be made anew stays when the stack is deleted, and refuses to be deleted by mistake. @default true */
  readonly keepData?: boolean;
}

/** What outlives every deploy of the code: it stands apart from what runs, so that replacing a service never touches mail. */
export class DataStack extends Stack {
  readonly slots: SlotTable;
  readonly failures: FailureTable;
  readonly spool: SpoolTable;
  readonly collect: CollectTable;
  readonly mail: MailTable;
  readonly addresses: AddressTable;
  readonly bodies: BodyBucket;
  readonly secrets: StageSecrets;

  constructor(scope: Construct, id: string, { stage, keepData = true }: DataStackProps) {
    super(scope, id, { description: `Mailweir ${stage}: tables, message bodies and secrets` });
    const removalPolicy = keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    this.slots = new SlotTable(this, 'Slots');
    this.failures = new FailureTable(this, 'Failures');
    this.spool = new SpoolTable(this, 'Spool', { removalPolicy });
    this.collect = new CollectTable(this, 'Collect', { removalPolicy });
    this.mail = new MailTable(this, 'Mail', { removalPolicy });
    this.addresses = new AddressTable(this, 'Addresses', { removalPolicy });
    this.bodies = new BodyBucket(this, 'Bodies', { removalPolicy });
    this.secrets = new StageSecrets(this, 'Secrets', { stage, ...(keepData ? {} : { removalPolicy }) });
  }
}
