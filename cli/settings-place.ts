import { settingNamed } from '../core/settings/catalogue.ts';
import { isOverrideName } from '../core/settings/overrides.ts';
import { noSuchSetting, type Resolution, resolveValues } from '../core/settings/resolve-values.ts';
import { isRouteRuleName } from '../core/settings/route-rules.ts';
import type { Setting } from '../core/settings/setting.ts';
import { placeOf } from '../listeners/this-machine.ts';
import { CommandFailure } from './command.ts';

/** What is in force by what is stored. The command line can't know what address a server is bound to: it takes loopback, and shows such defaults in words. */
export const resolveStored = (stored: ReadonlyMap<string, string>): Resolution => resolveValues({ stored, place: placeOf('127.0.0.1') });

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
