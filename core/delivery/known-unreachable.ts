import type { LiveSettings } from '../settings/live-settings.ts';
import type { Clock } from '../values/clock.ts';
import { type ConnectMeter, noConnectMeter } from './connect-meter.ts';
import type { FailureCache } from './failure-cache.ts';
import { leftAloneUntil, saidOf } from './left-alone.ts';
import { type RoutedMail, wayOf } from './way.ts';

export interface KnownUnreachableDeps {
  readonly failures: FailureCache;
  readonly settings: LiveSettings;
  readonly clock: Pick<Clock, 'now'>;
  readonly connectMeter?: ConnectMeter;
}

export interface KnownUnreachable {
  /** One line for the queue; begins with an enhanced code. */
  readonly reason: string;
  /** ms since the epoch. */
  readonly retryAt: number;
}

/**
 * Asked before the DNS of a next hop is. A hold meets all mail for the domain, a failure only what goes by the domain's own DNS.
 * @returns undefined when nothing is known against trying
 */
export async function knownUnreachable(mail: RoutedMail, deps: KnownUnreachableDeps): Promise<KnownUnreachable | undefined> {
  const [failure] = await deps.failures.read([{ kind: 'hop', domain: mail.domain }]);
  if (failure === undefined) return undefined;
  const retryAt = leftAloneUntil(failure, deps);
  if (retryAt === undefined || !(failure.held || hopOf(mail, deps) !== undefined)) return undefined;
  (deps.connectMeter ?? noConnectMeter).leftAlone();
  return { reason: failure.held ? `4.4.1 ${mail.domain}: ${saidOf(failure)}` : `4.4.1 ${saidOf(failure)}`, retryAt };
}

/** @returns what the failure cache calls the way of this mail; undefined where its hosts do not come from the domain's DNS */
export const hopOf = (mail: RoutedMail, { settings }: Pick<KnownUnreachableDeps, 'settings'>): string | undefined =>
  wayOf(mail, settings)?.choice.to === 'direct' && !mail.domain.startsWith('[') ? mail.domain : undefined;
