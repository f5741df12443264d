import type { Network } from '../values/network.ts';

/** Failed logins per client network in the last ten minutes, counted over all processes. */
export interface LoginFailures {
  /** @returns failures in the window, this one included */
  record(network: Network, now: number): Promise<number>;
  count(network: Network, now: number): Promise<number>;
}

export const failureWindow = 600_000; // ms
