import type { RunResult } from './source.ts';

const hour = 3_600_000; // ms

/** Where nothing changes until somebody does something: tried seldom, because logins with a wrong password lock accounts. */
const needSomebody: ReadonlySet<RunResult> = new Set<RunResult>([
  'login-refused',
  'server-refuses',
  'no-starttls',
  'no-uidl',
  'too-many',
  'no-secret',
  'no-account',
]);

export interface RunTimes {
  /** When the run ended, ms since the epoch. */
  readonly now: number;
  /** `collect/interval`, ms. */
  readonly interval: number;
  /** ms. */
  readonly loginDelay: number;
  /** Failed runs before this one. */
  readonly failures: number;
  /** Uniform in [0, 1): servers that failed together are not tried together again. */
  readonly random: () => number;
}

/**
 * When a source is due again: after the interval; after a failure the interval doubles each time, up to 6 h, and where only a person can
 * help from 1 h up to 24 h. Never before the server's LOGIN-DELAY is over.
 */
export function nextRun(result: RunResult, times: RunTimes): { readonly nextRunAt: number; readonly failures: number } {
  const { now, interval, loginDelay, failures } = times;
  const after = (pause: number, failed: number) => ({ nextRunAt: now + Math.ceil(Math.max(pause, loginDelay)), failures: failed });
  switch (result) {
    case 'done':
      return after(interval, 0);
    case 'more':
      return after(0, 0);
    case 'stopped':
      return after(0, failures);
    case 'login-delay': // we came too early: nothing is wrong
      return after(interval, failures);
    default:
      return after(backOff(result, times), failures + 1);
  }
}

function backOff(result: RunResult, { interval, failures, random }: RunTimes): number {
  const [first, most] = needSomebody.has(result) ? [Math.max(interval, hour), 24 * hour] : [interval, 6 * hour];
  const pause = Math.min(first * 2 ** Math.min(failures, 30), Math.max(first, most));
  return pause * (1 + random() / 10);
}

export const isFailure = (result: RunResult): boolean => result !== 'done' && result !== 'more' && result !== 'stopped';
