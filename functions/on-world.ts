import { type FollowingSettings, liveSettings } from '../core/settings/resolve.ts';
import type { SettingsSource } from '../core/settings/settings-source.ts';
import type { Clock } from '../core/values/clock.ts';
import { worldNames } from '../platform/aws/world-names.ts';
import { countRejected, type InvocationContext, log, metered, placeOf } from './invocation-log.ts';

/** What every world has that a function runs on. */
interface AnyWorld {
  readonly clock: Clock;
  readonly settings: SettingsSource;
}

/** A world as an invocation has it: with settings as they are now, and what no world has. */
export type OnWorld<W extends AnyWorld> = Omit<W, 'settings'> & {
  readonly settings: FollowingSettings;
  readonly log: typeof log;
  readonly random: () => number;
};

/** @param work its deadline is by the monotonic clock, ms: when the invocation is cut off */
export async function onWorld<W extends AnyWorld, T>(
  open: () => W,
  context: InvocationContext,
  work: (world: OnWorld<W>, deadline: number) => Promise<T>,
): Promise<T> {
  return await metered(async () => {
    const world = open();
    const deadline = world.clock.monotonic() + context.getRemainingTimeInMillis();
    const place = placeOf(worldNames(process.env).hostname);
    const settings = await liveSettings(world.settings, place, log, new Map(), countRejected);
    try {
      return await work({ ...world, settings, log, random: Math.random }, deadline);
    } finally {
      settings.close();
    }
  });
}
