import { type CostLine, costLines, type PlannedRoute, totalOf } from './cost.ts';
import type { Habits } from './habits.ts';
import { type Sizes, sizesFor } from './size.ts';
import { type Volume, volumeOf } from './volume.ts';

/** What some accounts with some habits need on AWS, and what it costs. */
export interface Plan {
  readonly accounts: number;
  readonly volume: Volume;
  readonly sizes: Sizes;
  readonly lines: readonly CostLine[];
  /** Dollars a month. */
  readonly total: number;
}

export const mostAccounts = 10_000_000;

export function planFor(accounts: number, habits: Habits, route: PlannedRoute = 'ses'): Plan {
  const volume = volumeOf(accounts, habits);
  const sizes = sizesFor(accounts, habits);
  const lines = costLines(volume, sizes, route);
  return { accounts, volume, sizes, lines, total: totalOf(lines) };
}
