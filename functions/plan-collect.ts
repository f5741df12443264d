import type { CollectSources } from '../core/collect/collect-sources.ts';
import { planCollect } from '../core/collect/plan-collect.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import type { Clock } from '../core/values/clock.ts';
import type { WakeCollecting } from '../platform/aws/sqs/collect-wake-ups.ts';
import { type InvocationContext, invoked } from './invocation.ts';

export const handler = (_event: unknown, context: InvocationContext): Promise<number> => invoked(context, wakeCollecting);

/** What the schedule needs of the world. */
export interface PlanCollectWorld {
  readonly collectSources: Pick<CollectSources, 'due'>;
  readonly settings: LiveSettings;
  readonly clock: Clock;
  readonly wakeCollecting: WakeCollecting;
}

/**
 * Wakes as many collecting sessions as sources are due, and never more than `collect/sessions`. Sessions that are under way are not counted: one
 * too many finds no slot or nothing due and is over at once, while one too few would leave mail where it is.
 * @returns sessions woken
 */
export async function wakeCollecting(world: PlanCollectWorld): Promise<number> {
  const { collectSources: sources, settings, clock } = world;
  const { sessions } = await planCollect({ sources, settings, clock }, 0);
  await world.wakeCollecting(sessions);
  return sessions;
}
