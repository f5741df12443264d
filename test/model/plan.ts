import type { SlotKey } from '../../core/slots/slot-store.ts';
import type { Chance } from './chance.ts';
import { fates } from './link.ts';
import type { ModelKey, Plan } from './world.ts';

type KeyPlan = Pick<ModelKey, 'key' | 'kind'> & { readonly limits: readonly [number, number] };

const keys: readonly [KeyPlan, ...KeyPlan[]] = [
  { key: 'pop3/maildrop/alice@example.org' as SlotKey, kind: 'plain', limits: [1, 1] },
  { key: 'imap/sessions-per-account/alice@example.org' as SlotKey, kind: 'shared', limits: [2, 10] },
  { key: 'imap/sessions' as SlotKey, kind: 'total', limits: [100, 200] },
  { key: 'outbound/sessions' as SlotKey, kind: 'total', limits: [2, 20] },
  { key: 'imap/searches-per-account/alice@example.org' as SlotKey, kind: 'command', limits: [1, 6] },
];

/** What a key's limit may be. 0 is unlimited, -1 lets nobody in. */
export function anyLimit(chance: Chance, { key }: Pick<ModelKey, 'key'>): number {
  const [least, most] = (keys.find((known) => known.key === key) ?? keys[0]).limits;
  const odd = most === 1 ? 100 : chance.below(100);
  return odd < 4 ? 0 : odd < 6 ? -1 : chance.between(least, most);
}

/** Each run has few troubles and keys of its own: what many at once would hide shows where there is only one. */
export function planOf(chance: Chance): Plan {
  const policy = chance.percent(80) ? 'closed' : chance.oneOf(['local', 'open'] as const);
  // Times of days cannot pass in a run: in some runs they are minutes, with the same order among them.
  const quick = chance.percent(25);
  const latest = quick ? 8_000 : chance.oneOf([3_000, 20_000, 120_000, 300_000]);
  return {
    policy,
    timings: quick ? { rewriteEvery: 60_000, forgetAfter: 25_000 } : {},
    ages: quick ? { held: 120_000, unused: 60_000, rows: latest } : { held: 24 * 3_600_000, unused: 3_600_000, rows: latest },
    weather: { trouble: chance.oneOf([0, 3, 10, 30]), fates: someFates(chance), latest, cut: false },
    knowsItsTries: chance.percent(50),
    keys: someKeys(chance),
  };
}

function someFates(chance: Chance): Plan['weather']['fates'] {
  const some = fates.filter(() => chance.percent(40));
  return [some[0] ?? chance.oneOf(fates), ...some.slice(1)];
}

function someKeys(chance: Chance): Plan['keys'] {
  const first = chance.below(keys.length);
  const some = keys.filter((_, at) => at === first || chance.percent(15));
  return some.map(({ key, kind }) => ({ key, kind, limit: anyLimit(chance, { key }) }));
}
