import type { Meter } from '../observe/meter.ts';
import { collectKey, outboundKey } from './slot-key.ts';
import { tellTotal } from './slot-metrics.ts';
import type { SlotStore } from './slot-store.ts';

/** Totals that only functions hold on AWS. */
const totals = [outboundKey(), collectKey()];

/**
 * Listeners tell each minute of the totals that they hold. An invocation ends before its minute does, so one that runs by the clock reads what
 * all of them have: a read for each key, and one for each of its parts.
 * @param store one that knows of parts
 */
export async function tellTotals(store: Pick<SlotStore, 'read'>, meter: Meter): Promise<void> {
  await Promise.all(
    totals.map(async (key) => {
      const item = await store.read(key);
      tellTotal(meter, key, item?.n ?? 0, item?.limit ?? 0);
    }),
  );
}
