import { settingNamed } from '../core/settings/catalogue.ts';
import { isOverrideName } from '../core/settings/overrides.ts';
import { noSuchSetting, type Rejected, type Resolution, resolveValues } from '../core/settings/resolve-values.ts';
import { isRouteRuleName } from '../core/settings/route-rules.ts';
import type { Place, Setting } from '../core/settings/setting.ts';
import type { SettingsSource } from '../core/settings/settings-source.ts';
import { placeOf } from '../listeners/this-machine.ts';
import { CommandFailure } from './command.ts';

/**
 * What is in force by what is stored. The command line can't know what address a server is bound to: it takes loopback, and shows such defaults in words.
 * @param place that of the settings' source. @default - this machine
 */
export const resolveStored = (stored: ReadonlyMap<string, string>, place: Place = placeOf('127.0.0.1')): Resolution =>
  resolveValues({ stored, place });

/** Settings as operators look at them. */
export interface SettingsView {
  /** What is set; where that is not allowed, what is in force instead. */
  readonly resolution: Resolution;
  /** What waits for a step of its own before it is in force. */
  readonly waiting: ReadonlySet<string>;
  /** What is in force meanwhile. */
  readonly inForce: Resolution;
  /** Version in force, where there is such a step. */
  readonly version: number | undefined;
  readonly rejected: readonly Rejected[];
}

export async function viewOf(settings: SettingsSource): Promise<SettingsView> {
  const { values } = await settings.read();
  const standing = await settings.standing?.();
  if (standing === undefined) {
    const resolution = resolveStored(values, settings.place);
    return { resolution, waiting: new Set(), inForce: resolution, version: undefined, rejected: resolution.rejected };
  }
  const place = settings.place ?? placeOf('127.0.0.1');
  const inForce = resolveValues({ stored: standing.inForce, place });
  const resolution = resolveValues({ stored: values, place, lastGood: inForce });
  return { resolution, waiting: new Set(standing.waiting), inForce, version: standing.version, rejected: standing.rejected };
}

/** @throws CommandFailure that names what was probably meant */
export function settingOf(name: string): Setting<unknown> {
  const setting = settingNamed(name);
  if (isOverrideName(name))
    throw new CommandFailure(
      'usage',
      `${name.slice(0, 100)} is no setting`,
      'mailweir override list shows overrides, mailweir override clear undoes one',
    );
  if (isRouteRuleName(name))
    throw new CommandFailure(
      'usage',
      `${name.slice(0, 100)} is no setting`,
      'mailweir route list shows the rules, mailweir route add and route remove change them',
    );
  if (setting === undefined) throw new CommandFailure('usage', noSuchSetting(name), 'mailweir settings list shows them all');
  return setting;
}
