import { SQSClient } from '@aws-sdk/client-sqs';

/**
 * A wake-up is a hint that the schedule makes up for within a minute, so no more than a part of that is spent on sending one. Some wait for it: a
 * function does at its end, because what is under way when it returns stands still.
 * @param endpoint of an emulator, which knows queues under addresses of its own. @default that of the Region
 */
export const openQueueClient = (endpoint?: string): SQSClient =>
  new SQSClient({
    ...(endpoint === undefined ? {} : { endpoint }),
    useQueueUrlAsEndpoint: endpoint === undefined,
    maxAttempts: 3, // a copy of a wake-up wakes somebody who finds nothing
    requestHandler: { connectionTimeout: 2_000, requestTimeout: 5_000, socketTimeout: 5_000, throwOnRequestTimeout: true },
  });
