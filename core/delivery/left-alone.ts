import type { LiveSettings } from '../settings/live-settings.ts';
import { outboundSettings } from '../settings/outbound.ts';
import type { Clock } from '../values/clock.ts';
import { forgottenAfter, type PeerFailure } from './failure-cache.ts';
import type { ConnectFailed, HostAddress } from './transport.ts';

interface Judging {
  readonly settings: LiveSettings;
  readonly clock: Pick<Clock, 'now'>;
}

const stageOfTls: ConnectFailed['stage'] = 'tls';

export const reasonOf = ({ stage, message }: Pick<ConnectFailed, 'stage' | 'message'>): string => `${stage}: ${message}`;

/** TLS that was required and failed, by a name that the certificate does not have, say, is nothing to mail that would go there without. */
export const concerns = ({ reason, held }: PeerFailure, { tls }: Pick<HostAddress, 'tls'>): boolean =>
  held || !reason.startsWith(`${stageOfTls}: `) || tls === 'implicit' || tls === 'starttls-required';

/** Held peers are looked at again so often, ms: an operator may have let them go meanwhile. */
const lookAtHeldIn = 300_000;

/** @returns until when a peer must be left alone, ms since the epoch; undefined: it may be tried */
export function leftAloneUntil({ until, held }: PeerFailure, { settings, clock }: Judging): number | undefined {
  const now = clock.now();
  if (until <= now) return undefined;
  if (held) return Math.min(until, now + lookAtHeldIn);
  return settings.get(outboundSettings.failureCache) === 0 ? undefined : until;
}

/** @returns whether a peer that may be tried is to be tried by one for all first */
export function needsTrial({ until, held }: PeerFailure, { settings, clock }: Judging): boolean {
  const now = clock.now();
  return !held && until <= now && now - until < forgottenAfter && settings.get(outboundSettings.failureCache) > 0;
}

/** Why it is left alone, for the queue. */
export function saidOf({ held, reason, until, count }: PeerFailure): string {
  if (held) return `held by an operator: ${reason}`;
  const times = count === 1 ? 'failed' : `failed ${count} times`;
  return `${times}, not tried before ${new Date(until).toISOString().replace(/\.\d+/, '')}: ${reason}`;
}
