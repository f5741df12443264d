import type { SpoolRow } from '../../core/delivery/spool.ts';
import type { WaitingFacts } from '../../core/delivery/why-waiting.ts';
import { outboundLimit } from '../../core/slots/applied-limit.ts';
import type { CommandWorld } from '../command-world.ts';
import { rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { resolveStored } from '../settings-place.ts';
import { askHeld, inUseOf } from '../slot-holders.ts';

const mostPeers = 10_000;

/** Gathers what may keep a row from moving, from the stores and from the processes that run. */
export async function waitingFacts(row: SpoolRow, world: CommandWorld): Promise<WaitingFacts> {
  const { settings, slotStore, failures, clock, ask, delivery } = world;
  const [{ values }, running, held, peers] = await Promise.all([
    settings.read(),
    askRunning(ask),
    askHeld(world),
    failures.list(mostPeers),
  ]);
  const now = clock.now();
  const [first] = rulingsOf(resolveStored(values, settings.place), running, now);
  if (first === undefined) throw new Error('no settings are in force');
  const { key, limit, observe } = outboundLimit(first);
  const used = inUseOf(held, key) ?? (await slotStore.read(key))?.n ?? 0;
  const sessions = { used, limit: observe ? 0 : limit };
  return { row, now, processes: delivery === 'functions' ? delivery : held.processes.length, ...peers, sessions };
}
