import { byProcessName, type ProcessFacts, type ProcessName } from '../core/observe/process-facts.ts';
import { slotsSettings } from '../core/settings/slots.ts';
import type { StoreDownPolicy } from '../core/slots/store-down.ts';
import { say } from './output.ts';
import { processesText } from './process-text.ts';
import { readableSpan, readableTime } from './readable.ts';
import type { InForce } from './rulings.ts';

/** A slot store that does not answer, as a process sees it. */
export interface StoreDown {
  readonly process: ProcessName;
  /** ms since the epoch. */
  readonly since: number;
  readonly policy: StoreDownPolicy;
}

export const storesDown = (processes: readonly ProcessFacts[], rulings: readonly InForce[]): readonly StoreDown[] =>
  processes.flatMap(({ process, storeDownSince }) => {
    if (storeDownSince === undefined) return [];
    const inForce = rulings.find((one) => one.processes.includes(process)) ?? rulings[0];
    return [{ process, since: storeDownSince, policy: inForce?.settings.get(slotsSettings.whenStoreIsDown) ?? 'local' }];
  });

const meaning: Readonly<Record<StoreDownPolicy, string>> = {
  local:
    'sessions stay; each process admits up to its own share of a total, and counts addresses and accounts by itself; what is counted here may be old',
  open: 'sessions stay and everybody is admitted; what is counted here may be old',
  closed: 'nobody is admitted, and sessions end 30 seconds after it began',
};

/** @returns one sentence per policy and time, none while the store answers */
export function storeDownText(down: readonly StoreDown[], now: number): readonly string[] {
  return [...Map.groupBy(down, ({ policy }) => policy)].map(([policy, those]) => {
    const since = Math.min(...those.map((one) => one.since));
    const processes = those.map(({ process }) => process).toSorted(byProcessName);
    const seen = `process${processes.length === 1 ? '' : 'es'} ${processesText(processes)}`;
    return (
      `The slot store does not answer ${seen} since ${readableTime(since)} (${readableSpan(now - since)}). ` +
      `${slotsSettings.whenStoreIsDown.name} is ${policy}: ${meaning[policy]}.`
    );
  });
}

/** On stderr, so that it stands beside any answer, JSON too. */
export function sayStoreDown(processes: readonly ProcessFacts[], rulings: readonly InForce[], now: number): void {
  for (const text of storeDownText(storesDown(processes, rulings), now)) say(text);
}
