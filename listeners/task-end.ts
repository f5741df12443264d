import type { EventLog } from '../core/observe/event-log.ts';
import type { Clock } from '../core/values/clock.ts';
import { exitAfter } from './exit-after.ts';
import type { DrainOptions } from './net/drain.ts';
import type { Health } from './net/health.ts';
import type { RunningProcess } from './service.ts';

/** ms between questions whether the task is to stop. */
export const askEvery = 5_000;

/** An answer may come so late, ms. */
const questionTime = 2_000;

/** After the last session the slots are given back and what was counted is told, ms. */
const closing = 15_000;
const lastPatience = 5_000; // ms

/** A session may finish what it does in this time, ms; the longer one where there is time for it. */
const goodbyes = { short: 20_000, long: 60_000 };
const roomy = 300_000; // ms

/**
 * How the time of an end is shared out, so that all of it fits: until the last goodbye is due, that one's session may still finish its
 * command; who is late is cut; then the rest is closed.
 * @param window ms until the process is killed
 */
export function drainWithin(window: number): DrainOptions {
  const usable = Math.max(0, window - closing - lastPatience);
  const goodbye = Math.min(window >= roomy ? goodbyes.long : goodbyes.short, usable / 2);
  return { spread: usable - goodbye, goodbye, hardStop: usable, lastPatience };
}

export interface StopWatch {
  /** @returns whether the task is to stop */
  readonly isToStop: () => Promise<boolean>;
  readonly clock: Clock;
  readonly log: EventLog;
  /** @default askEvery */
  readonly every?: number;
}

/** Asks until the task is to stop or `signal` says that nobody wants to know any more. A question that fails is asked again, and told once. */
export async function untilToStop({ isToStop, clock, log, every = askEvery }: StopWatch, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      if (await isToStop()) return;
      failing = false;
    } catch (error) {
      if (!failing) log.failure('task-metadata-failed', error);
      failing = true;
    }
    await clock.sleep(every, signal);
  }
}

export interface TaskEnd {
  readonly running: Pick<RunningProcess, 'drain' | 'stop'>;
  readonly health: Pick<Health, 'close'>;
  readonly log: EventLog;
  readonly clock: Clock;
  /** Whether the task is to stop. @default - only signals end it */
  readonly isToStop?: (() => Promise<boolean>) | undefined;
  /** ms from the moment that the task is to stop until it is killed. */
  readonly window: number;
  /** ms from SIGTERM until it is killed. */
  readonly stopTimeout: number;
  /** @default askEvery */
  readonly askEvery?: number;
}

/**
 * Ends the process when its task is to go. The first of two moments begins the drain: the task is told to stop, and has until its targets are
 * deregistered and SIGTERM's time is over; or SIGTERM itself, which shortens what is under way. A second SIGTERM cuts what is left.
 */
export function endTask({ running, health, log, clock, isToStop, window, stopTimeout, askEvery: every = askEvery }: TaskEnd): void {
  const known = new AbortController();
  let signals = 0;
  const drain = (time: number): void => {
    health.close(); // first: the balancer shall send nobody more
    const ended = running.drain(drainWithin(time));
    log.event(known.signal.aborted ? 'drain-shortened' : 'draining', { seconds: Math.round(time / 1000) });
    known.abort();
    setTimeout(() => process.exit(1), time).unref(); // what hinders the end is broken; slots come back with the lease
    exitAfter(ended, log);
  };
  const signalled = (): void => {
    signals += 1;
    if (signals > 1) exitAfter(running.stop(), log);
    else drain(Math.min(window, stopTimeout));
  };
  process.on('SIGTERM', signalled).on('SIGINT', signalled);
  if (isToStop === undefined) return;
  void untilToStop({ isToStop, clock, log, every }, known.signal).then(() => {
    if (!known.signal.aborted) drain(window - every - questionTime);
  });
}
