import { settingNamed } from './catalogue.ts';
import { defaultAt } from './default-value.ts';
import type { LiveSettings } from './live-settings.ts';
import { isRouteRuleName, parseRouteRule, type RouteRule } from './route-rules.ts';
import type { Place, Setting } from './setting.ts';

const somewhere: Place = { world: 'embedded', loopbackOnly: true, hostname: 'localhost', memory: 4 * 1024 ** 3 };

/** A value as an operator would write it, or one taken as it is, whatever the range says (an idle timeout of 1 second). */
export type FixedValue = string | number | boolean | readonly number[];

/**
 * Settings that never change, for tests and for code that runs before a world is open.
 * @param values by name, route rules included; those left out have their default
 * @throws when a name is not in the catalogue or a text is refused by its setting
 */
export function fixedSettings(values: Readonly<Record<string, FixedValue>> = {}, place: Place = somewhere): LiveSettings {
  const given = Object.entries(values);
  const fixed = new Map<string, unknown>(
    given.filter(([name]) => !isRouteRuleName(name)).map(([name, value]) => [name, fixedValue(name, value)]),
  );
  const rules = given.filter(([name]) => isRouteRuleName(name)).map(([name, value]) => fixedRule(name, value));
  return {
    get: <T>(setting: Setting<T>) => (fixed.has(setting.name) ? (fixed.get(setting.name) as T) : defaultAt(setting, place)),
    onChange: () => () => {},
    overrides: () => [],
    routeRules: () => rules,
  };
}

function fixedValue(name: string, given: FixedValue): unknown {
  const setting = settingNamed(name);
  if (setting === undefined) throw new Error(`there is no setting ${name}`);
  if (typeof given !== 'string') return given;
  const parsed = setting.parse(given);
  if ('fault' in parsed) throw new Error(`${name} ${parsed.fault}`);
  return parsed.value;
}

function fixedRule(name: string, given: FixedValue): RouteRule {
  const rule = parseRouteRule(name, String(given));
  if ('fault' in rule) throw new Error(rule.fault);
  return rule;
}
