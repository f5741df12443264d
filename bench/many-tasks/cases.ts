import type { StormOptions } from './storm.ts';

/** What all cases have in common: the storm of the design, at its full size, for as long as a bench may take. */
const storm = {
  tasks: 1000,
  accounts: 1_000_000,
  sessionsPerSecond: 100_000,
  lasts: 2_000,
  sessionTime: 2_000,
  reconnects: 0.1,
  crowdedNetworks: 200,
  crowded: 0.1,
  prices: { unitsPerSecond: 1000, latency: 5, patience: 800 },
} as const;

const limits = { total: 250_000, address: 200, account: 20 } as const;

export const cases = {
  split: { ...storm, limits, split: true },
  unsplit: { ...storm, limits, split: false },
  'split, at the limit': { ...storm, sessionTime: 10_000, limits: { ...limits, total: 100_000 }, split: true },
} as const satisfies Readonly<Record<string, Omit<StormOptions, 'above'> & { readonly split: boolean }>>;

export type StormCase = keyof typeof cases;
