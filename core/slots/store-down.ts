/** What a process does while the slot store does not answer (`slots/when-store-is-down`). */
export type StoreDownPolicy = 'local' | 'open' | 'closed';

/** What is known of a key when the store cannot be asked. */
export interface LocalView {
  readonly total: boolean;
  /** 0 = unlimited. */
  readonly limit: number;
  /** Holders of the key when it was last seen. */
  readonly holders: number;
  /** Slots this process has in the store. */
  readonly count: number;
}

/**
 * How many sessions of this process may hold a key without asking the store. `local`: of a total its fair share, and never less than it has
 * in the store already; an address or account is counted in this process alone, against the full limit.
 */
export function localMost(policy: StoreDownPolicy, view: LocalView): number {
  if (policy === 'closed') return 0;
  if (policy === 'open' || view.limit === 0) return Number.POSITIVE_INFINITY;
  return view.total ? Math.max(view.count, Math.floor(view.limit / Math.max(1, view.holders))) : view.limit;
}
