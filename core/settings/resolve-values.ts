import { catalogue, settingNamed } from './catalogue.ts';
import { crossFaults } from './cross-checks.ts';
import { defaultAt } from './default-value.ts';
import { nearestName } from './nearest-name.ts';
import { isOverrideName, type Override, parseOverride } from './overrides.ts';
import { type ProfileName, parseProfile, profileName, profileNames, profileValue } from './profiles.ts';
import { isRouteRuleName, parseRouteRule, type RouteRule } from './route-rules.ts';
import type { Place, Setting } from './setting.ts';

/** Where a value in force comes from; the later ones win. */
export type Origin = 'default' | 'profile' | 'set' | 'option';

export interface Resolved {
  readonly value: unknown;
  readonly origin: Origin;
}

/** A value that was not taken. */
export interface Rejected {
  readonly names: readonly string[];
  /** A whole sentence that names the setting, without its full stop. */
  readonly fault: string;
}

export interface Resolution {
  readonly profile: ProfileName;
  readonly values: ReadonlyMap<string, Resolved>;
  readonly overrides: readonly Override[];
  readonly routeRules: readonly RouteRule[];
  readonly rejected: readonly Rejected[];
}

export interface Layers {
  /** What operators have set, by name, unparsed. */
  readonly stored: ReadonlyMap<string, string>;
  /** What the command line of this process asked for; wins over what is stored. */
  readonly options?: ReadonlyMap<string, string>;
  readonly place: Place;
  /** Where a rejected value finds the one that stays in force; without it the profile's value or the default does. */
  readonly lastGood?: Resolution;
}

/** Finds the value in force of every setting. A bad value never stops the others. */
export function resolveValues({ stored, options = new Map(), place, lastGood }: Layers): Resolution {
  const rejected: Rejected[] = [...unknownNames(stored), ...unknownNames(options)];
  const profile = profileInForce(stored.get(profileName), lastGood?.profile ?? 'modern', rejected);
  const values = new Map<string, Resolved>();
  for (const setting of catalogue) {
    const layers = [
      { origin: 'option', text: options.get(setting.name) },
      { origin: 'set', text: stored.get(setting.name) },
    ] as const;
    values.set(setting.name, firstGood(setting, layers, rejected, lastGood) ?? fallback(setting, profile, place));
  }

  for (const fault of crossFaults((setting) => valueIn(values, setting))) {
    rejected.push(fault);
    for (const name of fault.names) {
      const setting = settingNamed(name);
      if (setting !== undefined) values.set(name, lastGood?.values.get(name) ?? fallback(setting, profile, place));
    }
  }
  return {
    profile,
    values,
    overrides: goodOnes(stored, isOverrideName, parseOverride, rejected),
    routeRules: goodOnes(stored, isRouteRuleName, parseRouteRule, rejected),
    rejected,
  };
}

/** Overrides and route rules stand among the set values under names of their own. */
function goodOnes<T extends object>(
  stored: ReadonlyMap<string, string>,
  isName: (name: string) => boolean,
  parse: (name: string, text: string) => T | { readonly fault: string },
  rejected: Rejected[],
): readonly T[] {
  return [...stored].flatMap(([name, text]) => {
    if (!isName(name)) return [];
    const parsed = parse(name, text);
    if (!('fault' in parsed)) return [parsed];
    rejected.push({ names: [name], fault: parsed.fault });
    return [];
  });
}

/** @throws when the setting is not in the catalogue: then nobody could ever set it */
export function valueIn<T>(values: ReadonlyMap<string, Resolved>, setting: Setting<T>): T {
  const resolved = values.get(setting.name);
  if (resolved === undefined) throw new Error(`the setting ${setting.name} is not in the catalogue`);
  return resolved.value as T;
}

function firstGood(
  setting: Setting<unknown>,
  layers: readonly { readonly origin: Origin; readonly text: string | undefined }[],
  rejected: Rejected[],
  lastGood: Resolution | undefined,
): Resolved | undefined {
  for (const { origin, text } of layers) {
    if (text === undefined) continue;
    const parsed = setting.parse(text);
    if ('value' in parsed) return { value: parsed.value, origin };
    rejected.push({ names: [setting.name], fault: `${setting.name} ${parsed.fault}` });
    const kept = lastGood?.values.get(setting.name);
    if (kept !== undefined) return kept;
  }
  return undefined;
}

function fallback(setting: Setting<unknown>, profile: ProfileName, place: Place): Resolved {
  const text = profileValue(profile, setting.name, place);
  const parsed = text === undefined ? undefined : setting.parse(text);
  return parsed !== undefined && 'value' in parsed
    ? { value: parsed.value, origin: 'profile' }
    : { value: defaultAt(setting, place), origin: 'default' };
}

function profileInForce(text: string | undefined, lastGood: ProfileName, rejected: Rejected[]): ProfileName {
  if (text === undefined) return 'modern';
  const profile = parseProfile(text);
  if (profile === undefined) rejected.push({ names: [profileName], fault: `${profileName} takes ${profileNames.join(', ')}` });
  return profile ?? lastGood;
}

function unknownNames(given: ReadonlyMap<string, string>): readonly Rejected[] {
  return [...given.keys()]
    .filter((name) => name !== profileName && !isOverrideName(name) && !isRouteRuleName(name) && settingNamed(name) === undefined)
    .map((name) => ({ names: [name], fault: noSuchSetting(name) }));
}

/** @returns the fault that names what was probably meant */
export function noSuchSetting(name: string): string {
  const near = nearestName(
    name,
    catalogue.map((setting) => setting.name),
  );
  return `there is no setting ${JSON.stringify(name.slice(0, 60))}${near === undefined ? '' : `; did you mean ${near}?`}`;
}
