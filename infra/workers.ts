import { Duration } from 'aws-cdk-lib';

/** What SQS wakes, by the queue that does. */
export const wokenBy = { outbound: 'deliver-outbound', local: 'deliver-local', collect: 'collect' } as const;
export type QueueName = keyof typeof wokenBy;

/** What a deploy runs by itself, to make the parameters of settings. */
export const declareFunction = 'declare-parameters';

/** How a function is run. Names are those of the files in functions/. */
export interface WorkerPlan {
  /** MiB; the share of a CPU goes with it, and 1,769 are a whole one. */
  readonly memory: number;
  readonly timeout: Duration;
  /** `inside`: in the VPC, where it reaches DynamoDB, S3 and the listeners. `by-route`: there when mail has to leave from an address of ours. */
  readonly place: 'outside' | 'inside' | 'by-route';
  /** Whether it is told the table of mail. @default false */
  readonly mail?: boolean;
  /** How often it is run by itself. */
  readonly every?: Duration;
}

const minute = Duration.minutes(1);
/** The most that Lambda gives. A session that waits for the other side is paid by the time, and may wait long: for the reply to DATA ten minutes (RFC 5321 section 4.5.3.2.6). */
const longest = Duration.minutes(15);

export const workers = {
  // A body is streamed to an SMTP server, but the API of SES takes a message whole: 40 MB, base64, and the request's own copy.
  'deliver-outbound': { memory: 512, timeout: longest, place: 'by-route' },
  // Sixteen rows at once. What it does not come to in time is due, and the next run's.
  'deliver-local': { memory: 512, timeout: Duration.minutes(2), place: 'inside', mail: true },
  'dispatch-due': { memory: 256, timeout: minute, place: 'outside', every: minute },
  'plan-collect': { memory: 256, timeout: minute, place: 'outside', every: minute },
  // Bodies are streamed from the other server to S3; a large maildrop takes as long as its server likes.
  collect: { memory: 512, timeout: longest, place: 'outside' },
  // Some hundred parameters in pages of ten, which Parameter Store may slow down.
  'apply-settings': { memory: 256, timeout: minute, place: 'outside', every: minute },
  'ask-processes': { memory: 256, timeout: Duration.seconds(20), place: 'inside', mail: true }, // waits for processes 10 s at most
  // It does as much as it finds time for, and the next run goes on.
  tidy: { memory: 512, timeout: longest, place: 'outside', mail: true, every: Duration.hours(1) },
} as const satisfies Record<string, WorkerPlan>;

export type WorkerName = keyof typeof workers;
export const workerNames = Object.keys(workers) as readonly WorkerName[];
