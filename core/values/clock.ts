/** Time as core sees it. Adapters give the real one, tests one that they move. */
export interface Clock {
  /** Milliseconds since the epoch, for dates that people or other hosts see. */
  now(): number;
  /** Milliseconds that never go back and count suspend, for leases and deadlines. */
  monotonic(): number;
  /** Waits; ends early, without an error, when `signal` aborts. @param ms milliseconds */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
