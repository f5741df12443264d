import type { Host } from '../../core/mailbox/search/shared-run.ts';
import type { AccountId } from '../../core/values/address.ts';
import { isRefusal } from '../../core/values/result.ts';
import { enterPlace } from '../net/command-places.ts';
import type { ImapPorts } from './answer.ts';
import { slotLine, takeSlots } from './take-slots.ts';

/** Where a SEARCH of this session runs: in a slot of its account, then in a place of the process. The run may go on when the session has ended. */
export function searchHost(account: AccountId, ports: ImapPorts): Host {
  const line = slotLine('search', account, ports);
  return async (signal, work) => {
    const slots = await takeSlots(line, ports, signal);
    if (isRefusal(slots)) return slots;
    try {
      const place = await enterPlace(ports.session, ports, signal);
      if (isRefusal(place)) return place;
      try {
        return await work();
      } finally {
        place.leave();
      }
    } finally {
      slots.release();
    }
  };
}
