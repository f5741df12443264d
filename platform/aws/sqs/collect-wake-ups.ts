import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';

/** Wakes collecting sessions. @throws when one could not be woken: whoever asked does so again */
export type WakeCollecting = (sessions: number) => Promise<void>;

/** What a message of the queue says, and all it has to: which sources are due is in the table. */
const wakeUp = 'collect';
/** What one request takes. */
const mostEntries = 10;

/** @param queue URL of the queue of collecting sessions */
export const collectWakeUps =
  ({ client, queue }: { readonly client: SQSClient; readonly queue: string }): WakeCollecting =>
  async (sessions) => {
    for (let left = sessions; left > 0; left -= mostEntries) {
      const Entries = Array.from({ length: Math.min(left, mostEntries) }, (_, i) => ({ Id: String(i), MessageBody: wakeUp }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: queue, Entries }));
      const [first] = Failed;
      if (first !== undefined) throw new Error(`${Failed.length} wake-ups were not taken: ${first.Message ?? first.Code}`);
    }
  };

/** @throws when the message is none of ours */
export function checkCollectWakeUp(body: string): void {
  if (body !== wakeUp) throw new Error(`a message of the queue of collecting sessions is no wake-up: ${body.slice(0, 200)}`);
}
