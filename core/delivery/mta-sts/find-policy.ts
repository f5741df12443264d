import type { EventLog } from '../../observe/event-log.ts';
import type { Clock } from '../../values/clock.ts';
import { DnsTemporary, type Resolver } from '../resolver.ts';
import { type Policy, parsePolicy, policyIdIn } from './policy.ts';
import type { KeptPolicy, PolicyCache } from './policy-cache.ts';
import type { PolicyFetcher } from './policy-fetcher.ts';

export interface PolicyDeps {
  readonly resolver: Resolver;
  readonly policyFetcher: PolicyFetcher;
  readonly policyCache: PolicyCache;
  readonly clock: Clock;
  readonly log: EventLog;
}

const refetchAfter = 86_400_000; // ms; a day, as RFC 8461 section 10.2 has in mind
const failurePause = 300_000; // ms, RFC 8461 section 3.3: not more often than every five minutes
const mostRemembered = 10_000; // domains

/**
 * The MTA-STS policy that holds for mail to a domain now (RFC 8461 section 5.1). A kept one holds until its max_age is over, whatever DNS
 * and the web say meanwhile; a new id is followed at once; without either the domain has none.
 * @returns `unavailable` when there may be one and it can't be had; mail goes on as if there were none (section 3.3), unless it may not
 */
export async function findPolicy(domain: string, deps: PolicyDeps): Promise<Policy | 'unavailable' | undefined> {
  const [kept, announced] = await Promise.all([keptPolicy(domain, deps), announcedId(domain, deps.resolver)]);
  if (announced === undefined || announced === 'unavailable') return kept?.policy ?? announced;
  const { id } = announced;
  if (kept?.id !== id) return (await fetchOnce(domain, id, deps)) ?? kept?.policy ?? 'unavailable';
  // Before its end, and in the background: whoever can keep us from the web must not be able to sit it out.
  if (isOld(kept, deps.clock.now())) void fetchOnce(domain, id, deps);
  return kept.policy;
}

async function keptPolicy(domain: string, { policyCache, clock }: PolicyDeps): Promise<KeptPolicy | undefined> {
  const kept = await policyCache.get(domain);
  return kept !== undefined && clock.now() < kept.fetchedAt + kept.policy.maxAge * 1000 ? kept : undefined;
}

const isOld = ({ fetchedAt, policy }: KeptPolicy, now: number): boolean =>
  now >= fetchedAt + Math.min(refetchAfter, (policy.maxAge * 1000) / 2);

async function announcedId(domain: string, resolver: Resolver): Promise<{ readonly id: string } | 'unavailable' | undefined> {
  try {
    const id = policyIdIn(await resolver.txt(`_mta-sts.${domain}`));
    return id === undefined ? undefined : { id };
  } catch (error) {
    if (error instanceof DnsTemporary) return 'unavailable';
    throw error;
  }
}

/** What goes on and what failed lately, for each place where policies are kept. */
interface Fetches {
  readonly running: Map<string, Promise<Policy | undefined>>;
  /** By domain and id, when it failed; ms of the monotonic clock. */
  readonly failed: Map<string, number>;
}

const fetchesOf = new WeakMap<PolicyCache, Fetches>();

/** All who want the same policy wait for one fetch; one that failed is not repeated for a while. @returns undefined when it failed */
function fetchOnce(domain: string, id: string, deps: PolicyDeps): Promise<Policy | undefined> {
  const fetches = fetchesOf.get(deps.policyCache) ?? { running: new Map(), failed: new Map() };
  fetchesOf.set(deps.policyCache, fetches);
  const key = `${domain} ${id}`;
  const running = fetches.running.get(key);
  if (running !== undefined) return running;
  const failedAt = fetches.failed.get(key);
  if (failedAt !== undefined && deps.clock.monotonic() < failedAt + failurePause) return Promise.resolve(undefined);
  const fetching = fetchPolicy(domain, id, deps)
    .catch((error: unknown) => {
      remember(fetches.failed, key, deps.clock.monotonic());
      deps.log.event('mta-sts-fetch-failed', { domain, reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    })
    .finally(() => fetches.running.delete(key));
  fetches.running.set(key, fetching);
  return fetching;
}

async function fetchPolicy(domain: string, id: string, { policyFetcher, policyCache, resolver, clock }: PolicyDeps): Promise<Policy> {
  const policy = parsePolicy(await policyFetcher.fetch(domain, resolver));
  if (policy === undefined) throw new Error('what stands there is no policy');
  await policyCache.keep(domain, { id, policy, fetchedAt: clock.now() });
  return policy;
}

function remember(failed: Map<string, number>, key: string, at: number): void {
  failed.delete(key);
  failed.set(key, at);
  const [oldest] = failed.keys();
  if (failed.size > mostRemembered && oldest !== undefined) failed.delete(oldest);
}
