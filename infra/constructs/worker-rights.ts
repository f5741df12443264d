import { ArnFormat, Stack } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { collectSettings } from '../../core/settings/collect.ts';
import { outboundSettings } from '../../core/settings/outbound.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { WorkerName } from '../workers.ts';
import { explainWildcard } from './wildcards.ts';
import type { StageQueues } from './world-environment.ts';

export interface WorkerRights {
  readonly data: DataStack;
  readonly queues: StageQueues;
}

/**
 * What a function may do, and nothing else; each has a role of its own. No function may send to the queue that wakes it, nor do two wake each other:
 * after sixteen rounds Lambda takes that for a loop that costs money, and stops it.
 */
export const grantWorker = (name: WorkerName, role: IGrantable, rights: WorkerRights): void => grantOf[name](role, rights);

const grantOf: Readonly<Record<WorkerName, (role: IGrantable, rights: WorkerRights) => void>> = {
  /** Mail goes out and reports of failures come in: mailboxes and passwords it never sees. */
  'deliver-outbound'(role, { data, queues }) {
    data.slots.grantHold(role);
    data.spool.grantDeliver(role);
    data.failures.grantUse(role);
    data.addresses.grantRead(role);
    data.bodies.grantRelay(role);
    data.secrets.grantReadNamed(role, { signing: true });
    grantSend(role, data);
    grantWake(role, queues.local);
  },
  'deliver-local'(role, { data }) {
    data.slots.grantReadSettings(role);
    data.spool.grantDeliver(role);
    data.addresses.grantRead(role);
    data.mail.grantUse(role);
    data.bodies.grantRead(role);
    data.bodies.grantStage(role);
    data.bodies.grantRemove(role);
  },
  /** It also tells how much is taken of what functions alone hold. */
  'dispatch-due'(role, { data, queues }) {
    data.slots.grantReadSettings(role);
    data.slots.grantReadTotals(role, [outboundSettings.sessions, collectSettings.sessions]);
    data.spool.grantFindDue(role);
    grantWake(role, queues.outbound, queues.local);
  },
  'plan-collect'(role, { data, queues }) {
    data.slots.grantReadSettings(role);
    data.collect.grantFindDue(role);
    grantWake(role, queues.collect);
  },
  /** What it brings is accepted as from anybody: into the spool, and through it into mailboxes. */
  collect(role, { data, queues }) {
    data.slots.grantHold(role);
    data.collect.grantCollect(role);
    data.addresses.grantRead(role);
    data.spool.grantAdd(role);
    data.bodies.grantAccept(role);
    data.secrets.grantReadNamed(role, { signing: false });
    grantWake(role, queues.local, queues.outbound);
  },
  'apply-settings'(role, { data }) {
    data.slots.grantApplySettings(role);
  },
  'ask-processes'(role, { data }) {
    data.mail.grantFindProcesses(role);
  },
  /** Purging is the end of all that mailboxes had, in whatever partition. */
  tidy(role, { data }) {
    data.mail.grantUse(role);
    data.spool.grantReadAll(role);
    data.bodies.grantSetAside(role);
    data.bodies.grantRemove(role);
  },
};

function grantWake(role: IGrantable, ...queues: readonly IQueue[]): void {
  for (const queue of queues) queue.grant(role, 'sqs:SendMessage');
}

/** By the API of SES; a message that is whole already is a right of its own. */
function grantSend(role: IGrantable, data: DataStack): void {
  const arn = (resource: string): string =>
    Stack.of(data).formatArn({ service: 'ses', resource, resourceName: '*', arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
  explainWildcard(
    role,
    'identity/*',
    'Accounts send from any domain that SES has verified for the account: which ones, operators decide while it runs.',
  );
  explainWildcard(role, 'configuration-set/*', 'SES adds the one that an identity has by default, and asks for a right on it too.');
  const resources = [arn('identity'), arn('configuration-set')];
  role.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['ses:SendEmail', 'ses:SendRawEmail'], resources }));
}
