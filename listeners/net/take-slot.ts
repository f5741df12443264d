import type { EventLog } from '../../core/observe/event-log.ts';
import type { Full, Hold, Slots, Want } from '../../core/slots/slots.ts';
import type { Refusal } from '../../core/values/refusal.ts';

/** Takes a slot; whatever keeps us from knowing whether there is one is "try again later" for the client, and a failure in the log. */
export async function take(deps: { readonly slots: Slots; readonly log: EventLog }, want: Want): Promise<Hold | Full | Refusal> {
  try {
    const answer = await deps.slots.take(want);
    return answer === 'store-down' ? { refused: 'store-unavailable' } : answer;
  } catch (error) {
    deps.log.failure('slot-failed', error, { key: want.key });
    return { refused: 'store-unavailable' };
  }
}
