import { dispatchDue } from '../core/delivery/dispatch-due.ts';
import { DueHops } from '../core/delivery/due-hops.ts';
import { OpenConnections } from '../core/delivery/open-connections.ts';
import type { OutboundDeps } from '../core/delivery/outbound-session.ts';
import { runOutboundWorker } from '../core/delivery/outbound-worker.ts';
import type { NextHop } from '../core/delivery/spool.ts';
import { outboundKey } from '../core/slots/slot-key.ts';
import type { SlotStore } from '../core/slots/slot-store.ts';
import type { Slots } from '../core/slots/slots.ts';
import { type BatchResponse, eachRecord, type QueueRecord } from '../platform/aws/sqs/each-record.ts';
import { parseWakeUp } from '../platform/aws/sqs/wake-ups.ts';
import { type InvocationContext, invoked } from './invocation.ts';
import { countFailed } from './invocation-log.ts';
import { openInvocationSlots } from './invocation-slots.ts';
import { type SettlingDispatcher, wakingLocal } from './wakes.ts';

type QueueEvent = { readonly Records: readonly QueueRecord[] };

export const handler = (event: QueueEvent, context: InvocationContext): Promise<BatchResponse> =>
  invoked(context, async (world, deadline) =>
    countFailed(await deliverOutbound(event, { ...world, dispatcher: wakingLocal(world.dispatcher) }, deadline)),
  );

/** What outbound sessions need of the world. */
export interface OutboundWorld extends Omit<OutboundDeps, 'slots' | 'holder' | 'connections' | 'look'> {
  readonly slotStore: SlotStore;
  readonly dispatcher: SettlingDispatcher;
}

/** An invocation begins no message in its last 30 s; this is what is left after that for the one under way, to give back slots. */
const atTheEnd = 5_000; // ms

/**
 * One outbound session for each wake-up: first for the next hop it names, then for whatever else is due. What a session leaves over, for want of a
 * slot or of time, stays in the spool and is found by the schedule; only a fault of ours sends its record back to the queue.
 * @param deadline by the monotonic clock, ms: the invocation's end, whatever it does
 */
export async function deliverOutbound(event: QueueEvent, world: OutboundWorld, deadline: number): Promise<BatchResponse> {
  const slots = await openInvocationSlots(world);
  try {
    return await eachRecord(event, world.log, ({ body }) => outboundSession(parseWakeUp(body).nextHop, world, slots, deadline - atTheEnd));
  } finally {
    await Promise.all([slots.close(), world.dispatcher.settled()]); // what is under way when a function returns stands still, maybe for ever
  }
}

async function outboundSession(nextHop: NextHop, world: OutboundWorld, slots: Slots, deadline: number): Promise<void> {
  if (nextHop.kind === 'local') throw new Error('a wake-up for mailboxes here came to the queue of outbound sessions');
  const { spool, clock } = world;
  const stop = new AbortController();
  const connections = new OpenConnections();
  const unlisten = slots.onMustClose((keys) => {
    if (keys === 'all' || keys.includes(outboundKey())) stop.abort();
    else for (const key of keys) connections.endOne(key);
  });
  const due = new DueHops();
  const look = async (): Promise<void> => void (await dispatchDue(spool, clock, due));
  try {
    const deps = { ...world, slots, holder: slots.holder, connections, look };
    await runOutboundWorker(due.seatAt(nextHop.domain, clock.now()), deps, { stop: stop.signal, deadline });
  } finally {
    unlisten();
  }
}
