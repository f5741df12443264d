import type { LiveSettings } from '../settings/live-settings.ts';
import { outboundSettings } from '../settings/outbound.ts';
import type { Clock } from '../values/clock.ts';
import type { HolderId } from '../values/ids.ts';
import { nextAttempt } from './retry-schedule.ts';
import type { Attempt, Spool, SpoolRecipient, SpoolRow } from './spool.ts';
import type { RecipientResult } from './transport.ts';

export interface SettleDeps {
  readonly spool: Spool;
  readonly clock: Clock;
  readonly settings: LiveSettings;
  readonly holder: HolderId;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** What became of a row in this attempt. */
export type Settled = 'finished' | 'deferred' | 'held' | 'claim-lost';

const mostReason = 1000; // characters kept of what hosts answered

/** Ends an attempt that never reached a recipient. @param never held for an operator: no later attempt can end otherwise */
export function settleUnreached(row: SpoolRow, reason: string, never: boolean, _attempt: Attempt, deps: SettleDeps): Promise<Settled> {
  return never ? hold(row, row.recipients, reason, deps) : deferOrGiveUp(row, row.recipients, reason, deps);
}

/** Nothing was tried, and nothing will have changed before `retryAt` (ms since the epoch). Given up like any when its time is over. */
export function settleUntried(row: SpoolRow, reason: string, retryAt: number, deps: SettleDeps): Promise<Settled> {
  const { clock, settings } = deps;
  const end = row.acceptedAt + settings.get(outboundSettings.giveUpAfter) * 1000;
  if (clock.now() >= end) return deferOrGiveUp(row, row.recipients, reason, deps);
  return endAttempt(row, { recipients: row.recipients, nextAttemptAt: Math.min(retryAt, end), error: cut(reason), untried: true }, deps);
}

/**
 * Ends an attempt by what the other side said to each recipient. Recipients refused for good stay in the row, so that nothing is lost
 * silently: beside recipients that may still succeed they are asked again with them, alone they are held with the reason.
 */
export async function settleAnswered(
  row: SpoolRow,
  results: readonly RecipientResult[],
  _attempt: Attempt,
  deps: SettleDeps,
): Promise<Settled> {
  const refused = results.filter((one) => one.result === 'refused');
  if (refused.length === 0) return (await deps.spool.finish(row.id, deps.holder)) ? 'finished' : 'claim-lost';
  const left = new Set(refused.map(({ address }) => address));
  const recipients = row.recipients.filter(({ address }) => left.has(address));
  const reason = [...new Set(refused.map(({ address, reply }) => `${address}: ${reply}`))].join('; ');
  const never = refused.every(({ permanent }) => permanent);
  return never ? hold(row, recipients, reason, deps) : deferOrGiveUp(row, recipients, reason, deps);
}

function deferOrGiveUp(row: SpoolRow, recipients: readonly SpoolRecipient[], reason: string, deps: SettleDeps): Promise<Settled> {
  const { clock, settings, random } = deps;
  const schedule = settings.get(outboundSettings.retrySchedule);
  const giveUpAfter = settings.get(outboundSettings.giveUpAfter);
  const next = nextAttempt(row.attempts, row.acceptedAt, clock.now(), { schedule, giveUpAfter, random });
  if (next === 'give-up') return hold(row, recipients, `given up after ${row.attempts + 1} attempts: ${reason}`, deps);
  return endAttempt(row, { recipients, nextAttemptAt: next, error: cut(reason) }, deps);
}

function hold(row: SpoolRow, recipients: readonly SpoolRecipient[], reason: string, deps: SettleDeps): Promise<Settled> {
  return endAttempt(row, { recipients, nextAttemptAt: deps.clock.now(), error: cut(reason), hold: true }, deps);
}

async function endAttempt(row: SpoolRow, again: Parameters<Spool['defer']>[2], { spool, holder }: SettleDeps): Promise<Settled> {
  if (!(await spool.defer(row.id, holder, again))) return 'claim-lost';
  return again.hold === true ? 'held' : 'deferred';
}

/** Replies are text from outside: one line, printable, bounded. */
const cut = (reason: string): string => reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, mostReason);
