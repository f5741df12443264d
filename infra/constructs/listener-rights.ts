import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { StageQueues } from './world-environment.ts';

export interface ListenerRights {
  readonly data: DataStack;
  readonly queues: StageQueues;
}

/** What a task of a service may do, and nothing else. Its role is of the service alone: what takes in mail from strangers can't read mailboxes. */
export function grantListener(name: ServiceName, role: IGrantable, { data, queues }: ListenerRights): void {
  data.slots.grantHold(role);
  data.addresses.grantRead(role);
  data.secrets.grantReadCertificate(role);
  data.mail.grantUse(role);
  data.bodies.grantStage(role);
  data.bodies.grantRead(role);
  if (name === 'mailbox') {
    data.bodies.grantRemove(role);
    return;
  }
  data.spool.grantAdd(role);
  for (const queue of [queues.outbound, queues.local]) queue.grant(role, 'sqs:SendMessage');
}
