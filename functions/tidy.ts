import type { EventLog } from '../core/observe/event-log.ts';
import { openTidyWorld, type TidyWorld } from '../platform/aws/tidy-world.ts';
import { mailWorldNames } from '../platform/aws/world-names.ts';
import { endpointOf, log as eventLog, type InvocationContext, metered } from './invocation-log.ts';

let opened: TidyWorld | undefined;

const open = (): TidyWorld => {
  opened ??= openTidyWorld({ names: mailWorldNames(process.env), ...endpointOf(process.env) });
  return opened;
};

/** Runs each hour. */
export const handler = (_event: unknown, context: InvocationContext): Promise<Tidied> =>
  metered(() => tidy(open(), context.getRemainingTimeInMillis(), eventLog));

/** What one run did. */
export interface Tidied {
  /** All that deleted accounts and mailboxes left is removed. */
  readonly isPurged: boolean;
  /** Bodies that no row names. */
  readonly setAside: number;
}

/** Nothing is begun in this time before the invocation's end. */
const atTheEnd = 10_000; // ms

/**
 * Two chores, neither of which anything depends on: what is left over costs money and nothing else. Each is done as far as time goes, the purge for
 * at most half of it; one that fails keeps the other from nothing, and fails the invocation at its end.
 * @param time ms until the invocation is cut off
 */
export async function tidy(world: TidyWorld, time: number, log: Pick<EventLog, 'event'>): Promise<Tidied> {
  const begun = world.clock.monotonic();
  const errors: unknown[] = [];
  const done = async <T>(chore: Promise<T>, otherwise: T): Promise<T> => {
    try {
      return await chore;
    } catch (error) {
      errors.push(error);
      return otherwise;
    }
  };
  const isPurged = await done(world.purge(begun + (time - atTheEnd) / 2), false);
  const setAside = await done(world.setAsideOrphans(begun + time - atTheEnd), 0);
  log.event('tidied', { purged: isPurged, orphans: setAside });
  if (errors.length > 0) throw errors.length === 1 ? errors[0] : new AggregateError(errors, 'tidying failed');
  return { isPurged, setAside };
}
