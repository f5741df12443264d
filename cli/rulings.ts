import { byProcessName, type ProcessName } from '../core/observe/process-facts.ts';
import { settingNamed } from '../core/settings/catalogue.ts';
import type { LiveSettings } from '../core/settings/live-settings.ts';
import type { Override } from '../core/settings/overrides.ts';
import { type Origin, type Resolution, type Resolved, valueIn } from '../core/settings/resolve-values.ts';
import type { Ruling } from '../core/slots/applied-limit.ts';
import type { Running } from './running-settings.ts';

/** The settings that some processes have in force, all alike; or what is stored, while none runs. */
export interface InForce extends Ruling {
  /** None when no process runs. */
  readonly processes: readonly ProcessName[];
  origin(name: string): Origin;
}

/** What running processes have in force: usually one, more when they were started with different `--set`. */
export function rulingsOf(resolution: Resolution, running: Running, now: number): readonly InForce[] {
  const facts = [...running.values()].flat();
  const byProcess = [...Map.groupBy(facts, ({ process }) => process)];
  if (byProcess.length === 0) return [ruling(resolution.values, resolution.overrides, now, [])];
  const alike = Map.groupBy(byProcess, ([, own]) => JSON.stringify(own.map(({ name, value, origin }) => [name, value, origin])));
  return [...alike.values()].flatMap((group) => {
    const processes = group.map(([process]) => process).toSorted(byProcessName);
    return group.slice(0, 1).map(([, own]) => ruling(valuesOf(own, resolution), resolution.overrides, now, processes));
  });
}

function ruling(
  values: ReadonlyMap<string, Resolved>,
  overrides: readonly Override[],
  now: number,
  processes: readonly ProcessName[],
): InForce {
  const settings: LiveSettings = {
    get: (setting) => valueIn(values, setting),
    overrides: () => overrides,
    routeRules: () => [],
    onChange: () => () => {},
  };
  return { settings, now, processes, origin: (name) => values.get(name)?.origin ?? 'default' };
}

/** A process of another version may not know every setting: what is stored stands in. */
function valuesOf(
  own: readonly { readonly name: string; readonly value: string; readonly origin: string }[],
  { values }: Resolution,
): ReadonlyMap<string, Resolved> {
  const told = own.flatMap(({ name, value, origin }): readonly (readonly [string, Resolved])[] => {
    const parsed = settingNamed(name)?.parse(value);
    return parsed !== undefined && 'value' in parsed ? [[name, { value: parsed.value, origin: origin as Origin }]] : [];
  });
  return new Map([...values, ...told]);
}
