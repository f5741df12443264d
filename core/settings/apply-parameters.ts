import type { EventLog } from '../observe/event-log.ts';
import { type TotalLimit, totalLimits } from '../slots/total-limits.ts';
import type { Clock } from '../values/clock.ts';
import { outboundSettings } from './outbound.ts';
import { type Parameters, type ParameterValues, valuesOfParameters } from './parameter-values.ts';
import { resolveValues } from './resolve-values.ts';
import { resolvedSettings } from './resolved-settings.ts';
import type { Place } from './setting.ts';
import type { SettingsVersion } from './settings-source.ts';

/** What stands between the parameters that operators set and the processes that follow them. */
export interface ApplyDeps {
  readonly parameters: { read(): Promise<Parameters> };
  /** The one versioned item that processes follow. */
  readonly item: {
    read(): Promise<SettingsVersion>;
    /** @returns false, with nothing done, when another wrote meanwhile */
    replace(before: SettingsVersion, values: SettingsVersion['values']): Promise<boolean>;
  };
  /** Puts limits of totals into force in the store of slots. Safe to repeat. */
  putLimits(limits: readonly TotalLimit[], version: number): Promise<number>;
  /** Bounds sessions outside of the slots. Safe to repeat. @param sessions undefined: no bound */
  boundSessions(sessions: number | undefined): Promise<boolean>;
  /** Called for each value that was not taken. */
  rejected(): void;
  readonly place: Place;
  readonly clock: Clock;
  readonly log: EventLog;
}

export interface Applied {
  readonly version: number;
  /** Names whose text is another than before. */
  readonly changed: readonly string[];
  readonly rejected: readonly string[];
}

/** Others write the item at the same time: another run of this, and operators who set overrides and route rules. */
const mostTries = 10;
/** Values that belong together are put one after the other. Who sees only the first waits so long for the second. */
const halfChange = 3_000; // ms

/**
 * Carries the parameters over into the item that processes follow, as one change, and the limits into the store of slots. May be run at any time,
 * twice at once and after any crash: each step looks at what is there, and does what is missing.
 *
 * A value that is not allowed is told by name each time, for as long as it stands there, and its last good one stays in force.
 */
export async function applyParameters(deps: ApplyDeps): Promise<Applied> {
  const { before, now, values, rejected } = await replaced(deps);
  const changed = changedNames(before, values);
  if (changed.length > 0) deps.log.event('settings-changed', { settings: changed.join(' '), version: now });
  for (const { names, fault } of rejected) {
    deps.log.event('settings-rejected', { settings: names.join(' '), fault });
    deps.rejected();
  }
  await putIntoForce(values, now, deps);
  return { version: now, changed, rejected: rejected.flatMap(({ names }) => names) };
}

interface Replaced extends ParameterValues {
  readonly before: SettingsVersion['values'];
  /** Version of the item that holds `values`. */
  readonly now: number;
}

/**
 * The item is read before the parameters: should another run write it meanwhile, what was read of the parameters may be older than what that one
 * has read, and all is read again.
 */
async function replaced(deps: ApplyDeps): Promise<Replaced> {
  const { parameters, item, clock, place } = deps;
  let hasWaited = false;
  for (let tries = 0; tries < mostTries; ) {
    const before = await item.read();
    const found = valuesOfParameters(await parameters.read(), before.values, place);
    if (!hasWaited && found.rejected.some(({ names }) => names.length > 1)) {
      hasWaited = true;
      await clock.sleep(halfChange);
      continue;
    }
    if (changedNames(before.values, found.values).length === 0) return { ...found, before: before.values, now: before.version };
    if (await item.replace(before, found.values)) return { ...found, before: before.values, now: before.version + 1 };
    tries += 1;
  }
  throw new Error(`the settings were written by others all the time; the next run tries again`);
}

async function putIntoForce(stored: SettingsVersion['values'], version: number, deps: ApplyDeps): Promise<void> {
  const settings = resolvedSettings(resolveValues({ stored, place: deps.place }));
  const { sessions } = outboundSettings;
  const bound = settings.get(sessions.mode) === 'observe' ? undefined : settings.get(sessions);
  await Promise.all([
    deps.putLimits(totalLimits({ settings, now: deps.clock.now() }), version),
    deps.boundSessions(bound === 0 ? undefined : bound),
  ]);
}

function changedNames(before: SettingsVersion['values'], after: SettingsVersion['values']): readonly string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name)).toSorted();
}
