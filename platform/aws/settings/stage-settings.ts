import { isParameterName, type Parameters, setParameters, valuesOfParameters } from '../../../core/settings/parameter-values.ts';
import type { Place } from '../../../core/settings/setting.ts';
import type { SettingsSource, SettingsStanding, SettingsVersion } from '../../../core/settings/settings-source.ts';
import type { ParameterStore } from './parameters.ts';

export interface StageSettingsDeps {
  readonly parameters: ParameterStore;
  /** The one item of all values in force; overrides and route rules stand in it alone. */
  readonly item: SettingsSource;
  /** Of the stage's processes. */
  readonly place: Place;
}

/**
 * Set values of a stage as operators see them: what they set is a parameter each, which a function checks and carries over into the item that all
 * processes follow. Overrides and route rules can be no parameters, because of their names: they are written into the item at once.
 */
export function stageSettings({ parameters, item, place }: StageSettingsDeps): SettingsSource {
  const merged = async ({ version, values }: SettingsVersion): Promise<SettingsVersion> => {
    const asked = setParameters(await parameters.read());
    const scoped = [...values].filter(([name]) => !isParameterName(name));
    return { version, values: new Map([...[...asked].filter(([name]) => isParameterName(name)), ...scoped]) };
  };
  return {
    place,
    read: async () => await merged(await item.read()),
    async write(changes) {
      const scoped = [...changes].filter(([name]) => !isParameterName(name));
      if (scoped.length > 0) await item.write(new Map(scoped));
      // One after the other: few requests a second are allowed.
      for (const [name, value] of changes) if (isParameterName(name)) await parameters.put(name, value);
    },
    // What is in force, not what is asked for: it is for who acts by it.
    watch: (changed) => item.watch(changed),
    async standing() {
      const inForce = await item.read();
      return standingOf(await parameters.read(), inForce, place);
    },
  };
}

function standingOf(parameters: Parameters, { version, values }: SettingsVersion, place: Place): SettingsStanding {
  const wanted = valuesOfParameters(parameters, values, place);
  const names = new Set([...wanted.values.keys(), ...values.keys()]);
  const waiting = [...names].filter((name) => wanted.values.get(name) !== values.get(name)).toSorted();
  return { version, inForce: values, waiting, rejected: wanted.rejected };
}
