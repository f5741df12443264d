import type { Resolver } from '../../core/delivery/resolver.ts';
import type { Clock } from '../../core/values/clock.ts';

const kept = 60_000; // ms; records that somebody just changed count soon
const mostKept = 5_000; // answers, the latest used stay

/** Answers for a minute from memory, and asks once for what several want to know at the same time. Failures are not kept. */
export function cachedResolver(resolver: Resolver, clock: Clock): Resolver {
  const answers = new Map<string, { readonly until: number; readonly answer: Promise<readonly unknown[]> }>();

  const cached = <T>(key: string, ask: () => Promise<readonly T[]>): Promise<readonly T[]> => {
    const known = answers.get(key);
    answers.delete(key);
    const fresh = known === undefined || clock.monotonic() > known.until ? { until: clock.monotonic() + kept, answer: ask() } : known;
    answers.set(key, fresh);
    if (fresh !== known) fresh.answer.catch(() => answers.get(key) === fresh && answers.delete(key));
    const [oldest] = answers.keys();
    if (answers.size > mostKept && oldest !== undefined) answers.delete(oldest);
    return fresh.answer as Promise<readonly T[]>; // a key is asked for in one way only
  };

  return {
    mx: (domain) => cached(`mx ${domain.toLowerCase()}`, () => resolver.mx(domain)),
    addresses: (host, family) => cached(`addresses${family ?? ''} ${host.toLowerCase()}`, () => resolver.addresses(host, family)),
    txt: (name) => cached(`txt ${name.toLowerCase()}`, () => resolver.txt(name)),
    pointers: (name) => cached(`pointers ${name.toLowerCase()}`, () => resolver.pointers(name)),
  };
}
