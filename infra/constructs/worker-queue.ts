import { Duration } from 'aws-cdk-lib';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { WorkerFunction } from './worker-function.ts';

export interface WorkerQueueProps {
  /** Of the function that it wakes. */
  readonly timeout: Duration;
  /**
   * Times that a wake-up is handed over before it is put aside.
   * @default 5: Lambda hands one over also when no more invocations may run, and gives it back
   */
  readonly tries?: number;
}

/**
 * Wake-ups of workers: hints, of which none is needed, because the schedule looks each minute for what is due. So a standard queue will do, where one
 * may come twice or late; MessageGroupId makes it fair between next hops. What fails again and again is kept for two weeks to be looked at.
 */
export class WorkerQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { timeout, tries = 5 }: WorkerQueueProps) {
    super(scope, id);
    // A key of one's own would put KMS on the road of each wake-up, and there is nothing in it but the name of a domain.
    const shared = { encryption: QueueEncryption.SQS_MANAGED, enforceSSL: true };
    this.deadLetters = new Queue(this, 'DeadLetters', { ...shared, retentionPeriod: Duration.days(14) });
    this.queue = new Queue(this, 'Resource', {
      ...shared,
      // Six times, as AWS asks for: one that is held up until Lambda has room must not come back meanwhile and be counted as tried. Nobody waits for one
      // that failed to come back: the schedule has sent another since.
      visibilityTimeout: Duration.seconds(6 * timeout.toSeconds()),
      retentionPeriod: Duration.days(1), // longer than all tries take. An older one is of no use
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: tries },
    });
  }

  /**
   * Hands wake-ups over to a function, each alone: an invocation is a session, and one that fails takes no other back with it.
   * @param most invocations at once when the mapping is made. @default - as many as Lambda likes
   */
  wakes({ lambda, role }: WorkerFunction, most?: number): EventSourceMapping {
    const { queueArn } = this.queue;
    const actions = ['ReceiveMessage', 'DeleteMessage', 'GetQueueAttributes'].map((action) => `sqs:${action}`);
    role.addToPolicy(new PolicyStatement({ effect: Effect.ALLOW, actions, resources: [queueArn] }));
    const mapping = new EventSourceMapping(this, 'Mapping', {
      target: lambda,
      eventSourceArn: queueArn,
      batchSize: 1,
      reportBatchItemFailures: true,
      ...(most === undefined ? {} : { maxConcurrency: most }),
    });
    mapping.node.addDependency(role); // Lambda looks whether the role may read the queue when it makes the mapping
    return mapping;
  }
}
