import type { Ask } from '../core/observe/asking.ts';
import { byProcessName, type ProcessName, type SettingFacts } from '../core/observe/process-facts.ts';
import type { Resolution } from '../core/settings/resolve-values.ts';
import { processesText } from './process-text.ts';

/** What the running processes have in force, by setting. Empty while none runs. */
export type Running = ReadonlyMap<string, readonly SettingFacts[]>;

export async function askRunning(ask: Ask): Promise<Running> {
  return Map.groupBy(await ask({ ask: 'settings' }), ({ name }) => name);
}

/** One value of a setting, and who has it. */
export interface Variant {
  readonly value: string;
  readonly origin: string;
  /** None for what is stored and nobody has in force. */
  readonly processes: readonly ProcessName[];
}

/**
 * What is in force where. Usually one value; more when processes were started with different `--set`, or follow a change only at their next start.
 * @param stored what is in force by what is stored
 */
export function variantsOf(stored: Pick<Variant, 'value' | 'origin'>, running: readonly SettingFacts[] = []): readonly Variant[] {
  const groups = [...Map.groupBy(running, ({ value, origin }) => JSON.stringify([value, origin])).values()];
  const variants = groups.flatMap((group) =>
    group
      .slice(0, 1)
      .map(({ value, origin }) => ({ value, origin, processes: group.map(({ process }) => process).toSorted(byProcessName) })),
  );
  // A default may depend on what a process is bound to, so the stored one is the same default whatever its value.
  const isKnown = ({ value, origin }: Variant): boolean =>
    origin === 'option' || (origin === stored.origin && (origin === 'default' || value === stored.value));
  return variants.length > 0 && variants.every(isKnown) ? variants : [...variants, { ...stored, processes: [] }];
}

/** @returns `set`, `profile ismail`, `this run, process 4711` */
export function originText({ origin, processes }: Variant, { profile }: Resolution, isOnly: boolean): string {
  const text = origin === 'profile' ? `profile ${profile}` : origin === 'option' ? 'this run' : origin;
  const named = processes.length > 0 && (origin === 'option' || !isOnly);
  return named ? `${text}, process ${processesText(processes)}` : text;
}
