import type { RefusalFacts, SessionFacts } from '../../core/observe/process-facts.ts';
import type { Resolution } from '../../core/settings/resolve-values.ts';
import type { CommandWorld } from '../command-world.ts';
import { type InForce, rulingsOf } from '../rulings.ts';
import { askRunning } from '../running-settings.ts';
import { resolveStored } from '../settings-place.ts';
import { askHeld, type HeldSlots } from '../slot-holders.ts';
import { type StoreDown, storesDown } from '../store-state.ts';

/** All that running processes and the settings say at one moment. */
export interface Snapshot {
  /** ms since the epoch. */
  readonly now: number;
  readonly resolution: Resolution;
  readonly rulings: readonly InForce[];
  readonly held: HeldSlots;
  readonly sessions: readonly SessionFacts[];
  readonly refusals: readonly RefusalFacts[];
  readonly down: readonly StoreDown[];
}

export async function takeSnapshot({
  settings,
  clock,
  ask,
  delivery,
}: Pick<CommandWorld, 'settings' | 'clock' | 'ask' | 'delivery'>): Promise<Snapshot> {
  const [{ values }, running, held, sessions, refusals] = await Promise.all([
    settings.read(),
    askRunning(ask),
    askHeld({ ask, delivery }),
    ask({ ask: 'sessions' }),
    ask({ ask: 'refusals' }),
  ]);
  const now = clock.now();
  const resolution = resolveStored(values, settings.place);
  const rulings = rulingsOf(resolution, running, now);
  const bySince = sessions.toSorted((a, b) => a.since - b.since);
  return { now, resolution, rulings, held, sessions: bySince, refusals, down: storesDown(held.processes, rulings) };
}
