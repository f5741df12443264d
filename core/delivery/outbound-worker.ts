import { outboundLimit } from '../slots/applied-limit.ts';
import type { Hold, Slots } from '../slots/slots.ts';
import type { Seat } from './due-hops.ts';
import { type OutboundDeps, OutboundSession, type SessionEnd, timeOver } from './outbound-session.ts';

export interface Until {
  /** Ends the session between two messages. @default - nothing does */
  readonly stop?: AbortSignal;
  /** When this process is cut off, ms of the monotonic clock. No message is begun shortly before. @default - it is not */
  readonly deadline?: number;
}

export interface Worked {
  /** `no-slot`: none of `outbound/sessions` was free, nothing was tried. */
  readonly end: SessionEnd | 'no-slot';
  readonly messages: number;
  /** Rows may be left that nobody is at: whoever was woken for them should be woken again. */
  readonly left: boolean;
}

/** A message that is begun should come to its end: most are through in much less than this. */
export const lastBegin = 30_000; // ms before the deadline

/**
 * Takes a slot of `outbound/sessions`, runs one session from this seat on, and gives the slot back: what a wake-up does, of an event or of the
 * runner of one machine.
 * @throws when the store does; rows are then still claimed, and another attempt follows when the claims are over
 */
export async function runOutboundWorker(seat: Seat, deps: OutboundDeps, { stop, deadline }: Until = {}): Promise<Worked> {
  const { clock, outboundCounts, log, slots, settings } = deps;
  const { key, limit, kind, observe } = outboundLimit({ settings, now: clock.now() });
  const slot = await slots.take({ key, limit, kind, observe }).catch((error: unknown) => {
    noSlot(seat, deps);
    throw error;
  });
  if (!isHold(slot)) return noSlot(seat, deps);
  await using ending = endingBy(deadline, deps, stop);
  const session = new OutboundSession(seat, deps, ending.signal);
  const told = (end: SessionEnd | 'failed'): void => {
    outboundCounts.ended(end);
    const { messages, connections } = session;
    if (messages > 0 || end === 'failed') log.event('outbound-session-ended', { end, messages, connections });
  };
  try {
    const end = await session.run();
    told(end);
    return { end, messages: session.messages, left: end !== 'empty' };
  } catch (error) {
    told('failed');
    throw error;
  } finally {
    slot.release();
  }
}

const isHold = (answer: Awaited<ReturnType<Slots['take']>>): answer is Hold => typeof answer === 'object' && 'release' in answer;

function noSlot(seat: Seat, { clock, outboundCounts }: OutboundDeps): Worked {
  seat.back();
  seat.leave(clock.now());
  outboundCounts.ended('no-slot');
  return { end: 'no-slot', messages: 0, left: true };
}

/** Aborts by `stop`, or when it is too late to begin anything. */
function endingBy(
  deadline: number | undefined,
  { clock }: OutboundDeps,
  stop: AbortSignal | undefined,
): AsyncDisposable & { readonly signal: AbortSignal } {
  const tooLate = new AbortController();
  const over = new AbortController();
  if (deadline !== undefined) {
    const wait = deadline - lastBegin - clock.monotonic();
    if (wait <= 0) tooLate.abort(timeOver);
    else void clock.sleep(wait, over.signal).then(() => over.signal.aborted || tooLate.abort(timeOver));
  }
  return {
    signal: stop === undefined ? tooLate.signal : AbortSignal.any([stop, tooLate.signal]),
    [Symbol.asyncDispose]: async () => over.abort(),
  };
}
