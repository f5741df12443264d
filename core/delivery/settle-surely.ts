import type { Clock } from '../values/clock.ts';
import type { Settled } from './settle-row.ts';

const tries = 5;
const pause = 1_000; // ms

/** @throws what the last of five tries threw */
export async function settleSurely(settle: () => Promise<Settled>, clock: Clock): Promise<Settled> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await settle();
    } catch (error) {
      if (left === 0) throw error;
      await clock.sleep(pause);
    }
  }
}
