import type { EventLog } from '../observe/event-log.ts';
import type { LiveSettings } from '../settings/live-settings.ts';
import type { Clock } from '../values/clock.ts';
import type { Secrets } from '../world.ts';
import type { PolicyCache } from './mta-sts/policy-cache.ts';
import type { PolicyFetcher } from './mta-sts/policy-fetcher.ts';
import type { Resolver } from './resolver.ts';
import type { SendingService } from './sending-service.ts';
import type { HostAddress } from './transport.ts';

/** Where mail for a domain may be handed over, as plain data: whoever knows hosts that fail or are full takes them out of the list. */
export type Route =
  /** In the order they are to be tried; never empty. */
  | {
      readonly kind: 'hosts';
      readonly hosts: readonly HostAddress[];
      /** The domain whose MTA-STS policy is being tested: what would break it is told. */
      readonly tested?: string;
    }
  /** By a service's API instead of by SMTP. */
  | { readonly kind: 'service'; readonly service: SendingService }
  /** Nobody will ever take it. `reason` begins with an enhanced code (RFC 3463). */
  | { readonly kind: 'never'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string };

/** Ways that lead somewhere. */
export type OpenRoute = Extract<Route, { kind: 'hosts' | 'service' }>;

export interface RouteDeps {
  readonly resolver: Resolver;
  readonly settings: LiveSettings;
  readonly secrets: Secrets;
  readonly policyFetcher: PolicyFetcher;
  readonly policyCache: PolicyCache;
  /** @default - the route `ses` leads nowhere */
  readonly ses?: SendingService | undefined;
  readonly clock: Clock;
  readonly log: EventLog;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

export const never = (reason: string): Route => ({ kind: 'never', reason });
export const later = (reason: string): Route => ({ kind: 'later', reason });
