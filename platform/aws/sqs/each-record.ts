import type { EventLog } from '../../../core/observe/event-log.ts';

/** A record as SQS hands it to a function. */
export interface QueueRecord {
  readonly messageId: string;
  readonly body: string;
}

/** Which records go back to their queue. */
export interface BatchResponse {
  readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
}

/**
 * Works on the records of a batch, all at once. One that throws goes back to its queue alone (partial batch response); the others are done with.
 * The event source mapping must ask for ReportBatchItemFailures: without it what is returned here counts for nothing.
 */
export async function eachRecord(
  { Records }: { readonly Records: readonly QueueRecord[] },
  log: EventLog,
  work: (record: QueueRecord) => Promise<unknown>,
): Promise<BatchResponse> {
  const failed = await Promise.all(
    Records.map(async (record) => {
      try {
        await work(record);
        return [];
      } catch (error) {
        log.failure('record-failed', error, { record: record.messageId });
        return [{ itemIdentifier: record.messageId }];
      }
    }),
  );
  return { batchItemFailures: failed.flat() };
}
