import type { Due, Spool } from '../core/delivery/spool.ts';
import { noSpoolCounts, type SpoolCounts, spoolCounts } from '../core/observe/spool-counts.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import { outboundSettings } from '../core/settings/outbound.ts';
import { tellTotals } from '../core/slots/tell-totals.ts';
import type { Clock } from '../core/values/clock.ts';
import type { QueueDispatcher } from '../platform/aws/sqs/wake-ups.ts';
import { type InvocationContext, invoked } from './invocation.ts';
import { meter } from './invocation-log.ts';

/** What waits and what is taken is counted last: whoever is woken does not wait for that. */
export const handler = (_event: unknown, context: InvocationContext): Promise<number> =>
  invoked(context, async (world) => {
    const counts = spoolCounts(meter);
    const woken = await wakeDue(world, counts);
    counts.waiting(await world.spool.waiting());
    await tellTotals(world.slotStore, meter);
    return woken;
  });

/** What the schedule needs of the world. */
export interface DispatchWorld {
  readonly spool: Pick<Spool, 'due'>;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly dispatcher: Pick<QueueDispatcher, 'wakeHop' | 'settled'>;
}

const most = { hops: 1_000, rows: 100 }; // looked at once; the others are found by the next run, or by sessions that look for more

/**
 * Wakes whoever delivers what is due: lost wake-ups, deferred rows, and those that a worker which died had claimed. Each next hop gets a session
 * before any gets a second one, and all together no more than `outbound/sessions`: one too many finds no slot and is over at once.
 * @returns sessions woken
 */
export async function wakeDue({ spool, settings, clock, dispatcher }: DispatchWorld, counts: SpoolCounts = noSpoolCounts): Promise<number> {
  const now = clock.now();
  const { hops } = await spool.due(now, most);
  counts.oldestDue(Math.round(Math.max(0, ...hops.map(({ since }) => now - since)) / 1000));
  const shares = sharedOut(hops, settings.get(outboundSettings.sessions));
  for (const [hop, sessions] of shares) dispatcher.wakeHop(hop.nextHop, sessions);
  await dispatcher.settled();
  return [...shares.values()].reduce((sum, sessions) => sum + sessions, 0);
}

type DueHop = Due['hops'][number];

/** Round after round one more for each that has more rows than sessions; mailboxes here get one beside them. */
function sharedOut(hops: readonly DueHop[], sessions: number): ReadonlyMap<DueHop, number> {
  const shares = new Map<DueHop, number>(hops.filter(({ nextHop }) => nextHop.kind === 'local').map((hop) => [hop, 1]));
  let waiting = hops.filter(({ nextHop }) => nextHop.kind === 'domain').toSorted((a, b) => a.since - b.since);
  for (let left = sessions; left > 0 && waiting.length > 0; ) {
    const round = waiting.slice(0, left);
    for (const hop of round) shares.set(hop, (shares.get(hop) ?? 0) + 1);
    left -= round.length;
    waiting = waiting.filter((hop) => (shares.get(hop) ?? 0) < hop.rows);
  }
  return shares;
}
