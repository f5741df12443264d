import { SendMessageBatchCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Dispatcher } from '../../../core/delivery/dispatcher.ts';
import type { NextHop } from '../../../core/delivery/spool.ts';
import type { EventLog } from '../../../core/observe/event-log.ts';

/** What a message of the queue says: look for what is due for this next hop. It is a hint; the spool is the truth. */
export interface WakeUp {
  readonly nextHop: NextHop;
}

export interface QueueDispatcherDeps {
  readonly client: SQSClient;
  /** URL of the queue of outbound sessions, and of local deliveries. */
  readonly queues: { readonly outbound: string; readonly local: string };
  readonly log: EventLog;
}

export interface QueueDispatcher extends Dispatcher {
  /** @param sessions how many are to start */
  wakeHop(nextHop: NextHop, sessions: number): void;
  /** Resolves when all that was told is sent, or has failed. */
  settled(): Promise<void>;
}

/** What one request takes. */
const mostEntries = 10;

/**
 * Wakes workers through SQS. MessageGroupId is the next hop: on a standard queue it makes a backlog of one domain wait behind others instead of in
 * front of them (fair queues), and orders nothing. A wake-up that could not be sent is made up for by the sweep.
 */
export function queueDispatcher({ client, queues, log }: QueueDispatcherDeps): QueueDispatcher {
  const underWay = new Set<Promise<void>>();
  const send = (nextHop: NextHop, count: number): void => {
    const QueueUrl = nextHop.kind === 'local' ? queues.local : queues.outbound;
    const body = JSON.stringify({ nextHop } satisfies WakeUp);
    const Entries = Array.from({ length: count }, (_, i) => ({ Id: String(i), MessageBody: body, MessageGroupId: groupOf(nextHop) }));
    const sending = client
      .send(new SendMessageBatchCommand({ QueueUrl, Entries }))
      .then(({ Failed = [] }) => {
        const [first] = Failed;
        if (first !== undefined)
          log.event('wake-up-failed', { hop: groupOf(nextHop), failed: Failed.length, reason: first.Message ?? first.Code ?? '' });
      })
      .catch((error: unknown) => log.failure('wake-up-failed', error, { hop: groupOf(nextHop) }))
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  };
  const wakeHop = (nextHop: NextHop, sessions: number): void => {
    for (let left = sessions; left > 0; left -= mostEntries) send(nextHop, Math.min(left, mostEntries));
  };
  return {
    wakeHop,
    wake: (rows) => {
      for (const { nextHop } of rows) wakeHop(nextHop, 1);
    },
    settled: async () => {
      await Promise.all(underWay);
    },
  };
}

/** Letters, digits and punctuation, at most 128: domains are ASCII by now or are told by their end. */
const groupOf = (hop: NextHop): string => (hop.kind === 'local' ? 'local' : hop.domain.replace(/[^\x21-\x7e]/g, '?').slice(-128));

const mostDomain = 255;

/** @returns what a message of the queue says, or the fault by name */
export function parseWakeUp(body: string): WakeUp {
  const said: unknown = JSON.parse(body);
  const hop = typeof said === 'object' && said !== null && 'nextHop' in said ? said.nextHop : undefined;
  if (typeof hop === 'object' && hop !== null && 'kind' in hop) {
    if (hop.kind === 'local') return { nextHop: { kind: 'local' } };
    if (hop.kind === 'domain' && 'domain' in hop && typeof hop.domain === 'string' && hop.domain.length <= mostDomain)
      return { nextHop: { kind: 'domain', domain: hop.domain } };
  }
  throw new Error(`a wake-up names no next hop: ${body.slice(0, 200)}`);
}
