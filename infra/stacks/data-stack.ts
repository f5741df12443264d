import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { BodyBucket } from '../constructs/body-bucket.ts';
import { CollectTable } from '../constructs/collect-table.ts';
import { FailureTable } from '../constructs/failure-table.ts';
import { SlotTable } from '../constructs/slot-table.ts';
import { SpoolTable } from '../constructs/spool-table.ts';
import type { Stage } from '../stage.ts';

export interface DataStackProps {
  readonly stage: Stage;
}

/** What outlives every deploy of the code: it stands apart from what runs, so that replacing a service never touches mail. */
export class DataStack extends Stack {
  readonly slots: SlotTable;
  readonly failures: FailureTable;
  readonly spool: SpoolTable;
  readonly collect: CollectTable;
  readonly bodies: BodyBucket;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, { description: `Mailweir ${props.stage}: slots, spool, failures, sources to collect from and message bodies` });
    this.slots = new SlotTable(this, 'Slots');
    this.failures = new FailureTable(this, 'Failures');
    this.spool = new SpoolTable(this, 'Spool');
    this.collect = new CollectTable(this, 'Collect');
    this.bodies = new BodyBucket(this, 'Bodies');
  }
}
