import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { StageQueues } from './world-environment.ts';

export interface ListenerRights {
  readonly data: DataStack;
  readonly queues: StageQueues;
}

/** What a task of a service may do, and nothing else. Each service has a role of its own. */
export function grantListener(name: ServiceName, role: IGrantable, rights: ListenerRights): void {
  const { data } = rights;
  data.slots.grantHold(role);
  data.addresses.grantRead(role);
  data.secrets.grantReadCertificate(role);
  grantOf[name](role, rights);
}

const grantOf: Readonly<Record<ServiceName, (role: IGrantable, rights: ListenerRights) => void>> = {
  /** Takes mail in, checks passwords and holds quotas: of mailboxes it sees how full they are and no more, and bodies it can't read. */
  smtp(role, { data, queues }) {
    data.mail.grantLogIn(role);
    data.mail.grantCount(role);
    data.mail.grantListProcess(role);
    data.spool.grantAdd(role);
    data.bodies.grantAccept(role);
    for (const queue of [queues.outbound, queues.local]) queue.grant(role, 'sqs:SendMessage');
  },
  mailbox(role, { data }) {
    data.mail.grantUse(role);
    data.bodies.grantStage(role);
    data.bodies.grantRead(role);
    data.bodies.grantRemove(role);
  },
};
