import type { EventLog } from '../../core/observe/event-log.ts';
import { type AppliedLimit, nothing } from '../../core/slots/applied-limit.ts';
import type { Full, Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { Refusal } from '../../core/values/refusal.ts';

export interface SlotTaking {
  readonly slots: Slots;
  readonly log: EventLog;
}

/** Takes a slot; whatever keeps us from knowing whether there is one is "try again later" for the client, and a failure in the log. */
export async function take(deps: SlotTaking, want: Want): Promise<Hold | Full | Refusal> {
  try {
    const answer = await deps.slots.take(want);
    return answer === 'store-down' ? { refused: 'store-unavailable' } : answer;
  } catch (error) {
    deps.log.failure('slot-failed', error, { key: want.key });
    return { refused: 'store-unavailable' };
  }
}

/** The same for a limit as it meets somebody. @param waiting how long to stand in line for it */
export async function takeApplied(
  deps: SlotTaking,
  { key, limit, kind, observe }: AppliedLimit,
  waiting: Pick<Want, 'wait' | 'signal'> = {},
): Promise<Hold | Full | Refusal> {
  if (limit === nothing && !observe) return { full: true, used: 0, limit: 0 };
  return await take(deps, { key, limit: Math.max(0, limit), kind, observe, ...waiting });
}
