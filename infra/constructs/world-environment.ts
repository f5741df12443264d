import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { environment, mailEnvironment } from '../../platform/aws/world-names.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { Stage } from '../stage.ts';

/** What wakes workers. */
export interface StageQueues {
  readonly outbound: IQueue;
  readonly local: IQueue;
  readonly collect: IQueue;
}

export interface WorldPlace {
  readonly stage: Stage;
  readonly hostname: string;
  readonly data: DataStack;
  readonly queues: StageQueues;
}

/** The variables by which a function outside of the VPC finds what is the stage's. */
export function worldEnvironment({ stage, hostname, data, queues }: WorldPlace): Record<string, string> {
  return {
    [environment.stage]: stage,
    [environment.hostname]: hostname,
    [environment.slots]: data.slots.table.tableName,
    [environment.spool]: data.spool.table.tableName,
    [environment.failures]: data.failures.table.tableName,
    [environment.addresses]: data.addresses.table.tableName,
    [environment.collect]: data.collect.table.tableName,
    [environment.bucket]: data.bodies.bucket.bucketName,
    [environment.outbound]: queues.outbound.queueUrl,
    [environment.local]: queues.local.queueUrl,
    [environment.collecting]: queues.collect.queueUrl,
  };
}

/** As above, of listeners and of functions that reach mailboxes. */
export const mailWorldEnvironment = (place: WorldPlace): Record<string, string> => ({
  ...worldEnvironment(place),
  [mailEnvironment.mail]: place.data.mail.table.tableName,
});
