import type { Clock } from '../values/clock.ts';

const tries = 5;
const pause = 1_000; // ms

/**
 * The message is out: it would go out again if a store that is busy for a while could keep that from being noted.
 * @param write always the same, so that a store that knows it again does it once. @throws what the last of five tries threw
 */
export async function writeSurely(write: () => Promise<boolean>, clock: Clock): Promise<boolean> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await write();
    } catch (error) {
      if (left === 0) throw error;
      await clock.sleep(pause);
    }
  }
}
