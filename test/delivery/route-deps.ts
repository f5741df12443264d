import type { KeptPolicy, PolicyCache } from '../../core/delivery/mta-sts/policy-cache.ts';
import type { PolicyFetcher } from '../../core/delivery/mta-sts/policy-fetcher.ts';
import type { Resolver } from '../../core/delivery/resolver.ts';
import type { RouteDeps } from '../../core/delivery/route.ts';
import { type FixedValue, fixedSettings } from '../../core/settings/fixed-settings.ts';
import type { Clock } from '../../core/values/clock.ts';

/** Time that stands until a test moves it. */
export class StandingClock implements Clock {
  ms = Date.parse('2026-11-26T12:00:00Z');
  now = (): number => this.ms;
  monotonic = (): number => this.ms;
  sleep = async (ms: number): Promise<void> => {
    this.ms += ms;
  };
}

export function memoryPolicyCache(): PolicyCache & { readonly kept: Map<string, KeptPolicy> } {
  const kept = new Map<string, KeptPolicy>();
  return { kept, get: async (domain) => kept.get(domain), keep: async (domain, one) => void kept.set(domain, one) };
}

/** The web of a test: policies by domain; an error is thrown. Counts what is asked. */
export function policiesOf(texts: Record<string, string | Error>): PolicyFetcher & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: async (domain) => {
      asked.push(domain);
      const text = texts[domain] ?? new Error('the answer was 404');
      if (text instanceof Error) throw text;
      return text;
    },
  };
}

/** What a route is found by; the secret `relay` is known, SES is not, nobody has a policy. */
export function routeDeps(
  resolver: Resolver,
  {
    settings = {},
    ...others
  }: { readonly settings?: Readonly<Record<string, FixedValue>> } & Partial<Omit<RouteDeps, 'settings' | 'resolver'>> = {},
): RouteDeps {
  return {
    resolver,
    settings: fixedSettings({ 'server/hostname': 'mail.example.org', ...settings }),
    secrets: { get: async (name) => (name === 'relay' ? 'letmein' : undefined) },
    policyFetcher: policiesOf({}),
    policyCache: memoryPolicyCache(),
    clock: new StandingClock(),
    log: { event: () => {}, failure: () => {} },
    random: () => 0.5,
    ...others,
  };
}
