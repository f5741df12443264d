import { newClaim } from '../../core/delivery/keep-claim.ts';
import { bounceRow } from '../../core/delivery/settle-row.ts';
import { noDeliveryCounts } from '../../core/observe/delivery-counts.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import type { HolderId, SpoolRowId } from '../../core/values/ids.ts';
import type { CommandWorld } from '../command-world.ts';
import { say } from '../output.ts';
import { rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { resolveStored } from '../settings-place.ts';

/**
 * What ends rows with a report to their senders, held ones too. The reports are delivered by the processes that run, which find them within
 * seconds; what their senders could not be told goes to stderr as the log would have it.
 */
export async function bouncer(world: CommandWorld, reason: string): Promise<(id: SpoolRowId) => Promise<boolean>> {
  const { clock, spool } = world;
  const now = clock.now();
  const [inForce] = rulingsOf(resolveStored((await world.settings.read()).values, world.settings.place), await askRunning(world.ask), now);
  if (inForce === undefined) throw new Error('no settings are in force');
  const holder = world.newId() as HolderId;
  const log = jsonEventLog(say, clock);
  const deps = {
    ...world,
    settings: inForce.settings,
    holder,
    log,
    random: Math.random,
    counts: noDeliveryCounts,
  };
  return async (id) => {
    const row = await spool.claim(id, clock.now(), newClaim(holder, clock), true);
    if (row === undefined) return false;
    const settled = await bounceRow(row, reason, deps);
    if (settled === 'held') throw new Error(`${id} is held: its report could not be made`);
    return settled !== 'claim-lost';
  };
}
