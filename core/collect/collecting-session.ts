import { newClaim } from '../delivery/keep-claim.ts';
import { collectSettings } from '../settings/collect.ts';
import { collectLimit, collectServerLimit } from '../slots/applied-limit.ts';
import type { Hold, Slots } from '../slots/slots.ts';
import { type CollectSourceDeps, collectSource, type RunEnding, type RunOutcome } from './collect-source.ts';
import { keepSource } from './keep-source.ts';
import { isFailure, nextRun } from './next-run.ts';
import type { RunReport, Source } from './source.ts';

export interface CollectDeps extends CollectSourceDeps {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly meter: CollectMeter;
}

export interface CollectMeter {
  collected(messages: number): void;
  runFailed(): void;
}

/** When a session must be over. */
export interface CollectEnding {
  /** Ends it between two messages. */
  readonly stop: AbortSignal;
  /** By the monotonic clock, ms: by then it has ended, whatever a server does. @default - it has no end */
  readonly deadline?: number;
}

/**
 * Why a session ended. `empty`: nothing is due any more. `full`: nothing but at servers that are full. `no-slot`: none of
 * `collect/sessions` was free.
 */
export type CollectEnd = 'empty' | 'full' | 'no-slot' | 'stopped';

/** A run begins no message after this; the rest follows in another run, behind other sources. */
const runTime = 10 * 60_000; // ms
/** Beyond that, for the message that is coming, for DELE and for QUIT. */
const grace = 5 * 60_000; // ms
const shortestRun = 30_000; // ms; with less time than this none is begun
/** Of the time a session has. */
const graceBefore = 20_000; // ms

/**
 * One collecting session: holds a slot of `collect/sessions` and works through the sources that are due, one after the other, until all are
 * done. Several share the sources among themselves: each takes the next one when it is free, so that one that takes long is waited for by
 * nobody. What servers do is settled here, per source; nothing is thrown for it.
 */
export async function runCollectingSession(deps: CollectDeps, ending: CollectEnding): Promise<CollectEnd> {
  const { key, limit, kind, observe } = collectLimit({ settings: deps.settings, now: deps.clock.now() });
  const slot = await deps.slots.take({ key, limit, kind, observe });
  if (!isHold(slot)) return 'no-slot';
  try {
    return await workThrough(deps, ending);
  } finally {
    slot.release();
  }
}

const isHold = (answer: Awaited<ReturnType<Slots['take']>>): answer is Hold => typeof answer === 'object' && 'release' in answer;

async function workThrough(deps: CollectDeps, ending: CollectEnding): Promise<CollectEnd> {
  const { sources, slots, clock, holder, settings } = deps;
  const full = new Set<string>();
  while (!ending.stop.aborted && slots.mayAct() && timeLeft(deps, ending) >= shortestRun) {
    const source = await sources.claimDue(clock.now(), newClaim(holder, clock), [...full]);
    if (source === undefined) return full.size === 0 ? 'empty' : 'full';
    const { key, limit, kind, observe } = collectServerLimit({ settings, now: clock.now() }, source.host);
    const seat = await slots.take({ key, limit, kind, observe });
    if (!isHold(seat)) {
      await sources.letGo(source.id, holder);
      full.add(source.host);
      continue;
    }
    try {
      await runSource(source, deps, ending);
    } finally {
      seat.release();
    }
    full.clear(); // that took a while
  }
  return 'stopped';
}

const timeLeft = ({ clock }: CollectDeps, { deadline }: CollectEnding): number =>
  deadline === undefined ? Number.POSITIVE_INFINITY : deadline - clock.monotonic();

async function runSource(source: Source, deps: CollectDeps, ending: CollectEnding): Promise<void> {
  const startedAt = deps.clock.now();
  const outcome = await keepSource(source.id, deps, (lost) => timed(source, deps, ending, lost));
  const { loginDelay, ...rest } = outcome;
  await settle(source, { ...rest, startedAt, endedAt: deps.clock.now() }, loginDelay, deps);
}

/** The run within its time. */
async function timed(source: Source, deps: CollectDeps, ending: CollectEnding, lost: AbortSignal): Promise<RunOutcome> {
  const { clock } = deps;
  const left = timeLeft(deps, ending);
  const begun = clock.monotonic();
  const overAfter = Math.min(runTime, left - graceBefore);
  const done = new AbortController();
  const late = new AbortController();
  void clock.sleep(Math.min(runTime + grace, left - 1000), done.signal).then(() => done.signal.aborted || late.abort());
  const run: RunEnding = {
    cut: AbortSignal.any([lost, late.signal]),
    mustStop: () => (ending.stop.aborted || lost.aborted ? 'stopped' : clock.monotonic() - begun >= overAfter ? 'more' : undefined),
  };
  try {
    const outcome = await collectSource(source, deps, run);
    return late.signal.aborted && isFailure(outcome.result) ? { ...outcome, result: 'too-slow', reason: 'the run took too long' } : outcome;
  } finally {
    done.abort();
  }
}

async function settle(source: Source, report: RunReport, loginDelay: number, deps: CollectDeps): Promise<void> {
  const { sources, settings, holder, log, meter, random } = deps;
  const { name, host, account, failures } = source;
  const { result, reason, collected, deleted, tooLarge } = report;
  const interval = settings.get(collectSettings.interval) * 1000;
  const before = collected > 0 ? 0 : failures; // it works, if not to the end
  const next = nextRun(result, { now: report.endedAt, interval, loginDelay: loginDelay * 1000, failures: before, random });
  meter.collected(collected);
  const facts = { source: name, host, account, result, reason, collected, deleted };
  if (isFailure(result)) {
    meter.runFailed();
    log.event('collect-run-failed', { ...facts, failures: next.failures });
  } else if (collected + deleted + tooLarge > 0) log.event('collect-run', { ...facts, tooLarge });
  await sources.settle(source.id, holder, { report, loginDelay, ...next });
}
