import type { CollectSources } from '../core/collect/collect-sources.ts';
import { type CollectDeps, runCollectingSession } from '../core/collect/collecting-session.ts';
import type { Dispatcher } from '../core/delivery/dispatcher.ts';
import { collectKey } from '../core/slots/slot-key.ts';
import type { SlotStore } from '../core/slots/slot-store.ts';
import { checkCollectWakeUp } from '../platform/aws/sqs/collect-wake-ups.ts';
import { type BatchResponse, eachRecord, type QueueRecord } from '../platform/aws/sqs/each-record.ts';
import { type InvocationContext, invoked } from './invocation.ts';
import { countFailed } from './invocation-log.ts';
import { openInvocationSlots } from './invocation-slots.ts';

type QueueEvent = { readonly Records: readonly QueueRecord[] };

export const handler = (event: QueueEvent, context: InvocationContext): Promise<BatchResponse> =>
  invoked(context, async (world, deadline) => countFailed(await collectFrom(event, world, deadline)));

/** What collecting needs of the world. */
export interface CollectWorld extends Omit<CollectDeps, 'slots' | 'holder' | 'sources' | 'dispatcher'> {
  readonly collectSources: CollectSources;
  readonly slotStore: SlotStore;
  /** `settled`: all that was told is sent. */
  readonly dispatcher: Dispatcher & { settled(): Promise<void> };
}

/** A session begins no message in its last 20 s and is cut off in its last second; this is what is left then, to give back slots. */
const atTheEnd = 10_000; // ms

/**
 * One collecting session for each wake-up. In the last 30 s of the invocation no message is begun, and no source in the last 40 s; what is left over
 * is due, and the schedule wakes a session for it.
 * @param deadline by the monotonic clock, ms: the invocation's end, whatever it does
 */
export async function collectFrom(
  event: { readonly Records: readonly QueueRecord[] },
  world: CollectWorld,
  deadline: number,
): Promise<BatchResponse> {
  const slots = await openInvocationSlots(world);
  const { holder } = slots; // one name for the invocation, whatever becomes of its slots
  const running: AbortController[] = [];
  const unlisten = slots.onMustClose((keys) => {
    for (const key of keys === 'all' ? running.map(collectKey) : keys) if (key === collectKey()) endOne(running);
  });
  try {
    return await eachRecord(event, world.log, async ({ body }) => {
      checkCollectWakeUp(body);
      const stop = new AbortController();
      running.push(stop);
      const deps = { ...world, sources: world.collectSources, slots, holder };
      await runCollectingSession(deps, { stop: stop.signal, deadline: deadline - atTheEnd });
    });
  } finally {
    unlisten();
    await Promise.all([slots.close(), world.dispatcher.settled()]); // what is under way when a function returns stands still, maybe for ever
  }
}

const endOne = (running: readonly AbortController[]): void => running.findLast(({ signal }) => !signal.aborted)?.abort();
