import type { LiveSettings } from '../settings/live-settings.ts';
import { collectLimit } from '../slots/applied-limit.ts';
import type { Clock } from '../values/clock.ts';
import type { CollectSources } from './collect-sources.ts';

/** The longest a source that is due (or was asked for by an operator) waits to be seen. */
export const lookEvery = 2_000; // ms
const soonestLook = 250; // ms
/** What begins sessions where no limit does. */
const mostAtOnce = 1000;

export interface CollectPlan {
  /** Collecting sessions to begin. */
  readonly sessions: number;
  /** ms until the next look. */
  readonly again: number;
}

/**
 * The schedule: how many collecting sessions have something to do. They share the sources among themselves.
 * @param running sessions of this process that go on by themselves
 */
export async function planCollect(
  { sources, settings, clock }: { readonly sources: Pick<CollectSources, 'due'>; readonly settings: LiveSettings; readonly clock: Clock },
  running: number,
): Promise<CollectPlan> {
  const now = clock.now();
  const { due, soonest } = await sources.due(now);
  const { limit, observe } = collectLimit({ settings, now });
  const most = limit === 0 || observe ? mostAtOnce : limit;
  const sessions = Math.max(0, Math.min(due, most - running));
  const again = soonest === undefined ? lookEvery : Math.max(soonestLook, Math.min(lookEvery, soonest - now));
  return { sessions, again };
}
