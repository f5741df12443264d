import { Duration } from 'aws-cdk-lib';
import { type EventPattern, Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { Construct } from 'constructs';
import type { WorkerFunction } from './worker-function.ts';

export interface RunsProps {
  readonly worker: WorkerFunction;
  readonly description: string;
  /** Exactly one of the two. */
  readonly every?: Duration;
  readonly on?: EventPattern;
}

/**
 * Runs a function by a rule of EventBridge. Not by its Scheduler: that would take one more role for each, and none of what it adds (times of day,
 * flexible windows, a rate of millions) is of use here.
 */
export class Runs extends Construct {
  readonly rule: Rule;

  constructor(scope: Construct, id: string, { worker, description, every, on }: RunsProps) {
    super(scope, id);
    this.rule = new Rule(this, 'Resource', {
      description,
      ...(every === undefined ? {} : { schedule: Schedule.rate(every) }),
      ...(on === undefined ? {} : { eventPattern: on }),
      // What can't be handed over in a minute is of no use: the next run does all that this one would have done.
      targets: [new LambdaFunction(worker.lambda, { maxEventAge: Duration.minutes(1), retryAttempts: 0 })],
    });
  }
}
