import { deliverDueLocal } from '../core/delivery/deliver-due-local.ts';
import { type DeliverLocalDeps, deliverLocal } from '../core/delivery/deliver-local.ts';
import { keepClaim, newClaim } from '../core/delivery/keep-claim.ts';
import type { NextHop } from '../core/delivery/spool.ts';
import type { HolderId } from '../core/values/ids.ts';
import { type BatchResponse, eachRecord, type QueueRecord } from '../platform/aws/sqs/each-record.ts';
import { parseWakeUp } from '../platform/aws/sqs/wake-ups.ts';
import { countFailed, type InvocationContext } from './invocation-log.ts';
import { invokedWithMail } from './mail-invocation.ts';
import { type SettlingDispatcher, wakingNobody } from './wakes.ts';

type QueueEvent = { readonly Records: readonly QueueRecord[] };

export const handler = (event: QueueEvent, context: InvocationContext): Promise<BatchResponse> =>
  invokedWithMail(context, async (world, deadline) =>
    countFailed(await deliverLocalRows(event, { ...world, dispatcher: wakingNobody }, deadline)),
  );

/** What local deliveries need of the world. */
export interface LocalWorld extends Omit<DeliverLocalDeps, 'holder' | 'dispatcher'> {
  readonly dispatcher: SettlingDispatcher;
}

/** Rows under way at once: each waits for DynamoDB most of its time. */
const atOnce = 16;
/** No row is begun in this time before the invocation's end: what is cut off waits for the end of its claim. */
const atTheEnd = 15_000; // ms
const local: NextHop = { kind: 'local' };

/**
 * Delivers whatever is due for mailboxes here: a wake-up says no more than that something is. One run for all records of a batch; what is left over
 * for want of time is due, and the schedule wakes another.
 *
 * An invocation claims under a name of its own and takes no slots, so it needs no lease: should it be cut off, its claims are over 30 s later.
 * @param deadline by the monotonic clock, ms: the invocation's end, whatever it does
 */
export async function deliverLocalRows(event: QueueEvent, world: LocalWorld, deadline: number): Promise<BatchResponse> {
  const { spool, clock, log, newId, dispatcher } = world;
  const holder = newId() as HolderId;
  let run: Promise<unknown> | undefined;
  const deliverAll = (): Promise<unknown> =>
    deliverDueLocal(
      {
        claimDue: (most) => spool.claimDue(local, clock.now(), newClaim(holder, clock), most),
        deliver: (row) => keepClaim(row, holder, spool, clock, () => deliverLocal(row, { ...world, holder })),
        giveBack: (row) => spool.giveBack(row.id, holder),
        mayBegin: () => clock.monotonic() < deadline - atTheEnd,
        log,
      },
      atOnce,
    );
  try {
    return await eachRecord(event, log, async ({ body }) => {
      if (parseWakeUp(body).nextHop.kind !== 'local') throw new Error('a wake-up for another server came to the queue of local deliveries');
      run ??= deliverAll();
      await run;
    });
  } finally {
    await dispatcher.settled(); // what is under way when a function returns stands still, maybe for ever
  }
}
