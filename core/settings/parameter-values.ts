import { settingNamed } from './catalogue.ts';
import { isOverrideName } from './overrides.ts';
import { profileName } from './profiles.ts';
import { type Rejected, resolveValues } from './resolve-values.ts';
import { isRouteRuleName } from './route-rules.ts';
import type { Place } from './setting.ts';

/** What a parameter says that nobody has set: parameters exist from the deploy on, and none may be empty. */
export const unsetWord = 'default';

/** Values by name, as operators write them. */
type Values = ReadonlyMap<string, string>;

/** Parameters by the names of their settings; undefined is an encrypted one, which nobody here may read. */
export type Parameters = ReadonlyMap<string, string | undefined>;

/** What the parameters of a stage come to. */
export interface ParameterValues {
  /** To be in force: good ones as the parameters say, last good ones for those that are not allowed, overrides and route rules untouched. */
  readonly values: Values;
  /** Parameters that are not in force, each by its name. */
  readonly rejected: readonly Rejected[];
}

/** Whether a name is kept as a parameter. Names of overrides and route rules hold addresses and domains, which no parameter may be called by. */
export const isParameterName = (name: string): boolean => !isOverrideName(name) && !isRouteRuleName(name);

/** @returns undefined when nobody has set it */
export const parameterText = (value: string): string | undefined => {
  const trimmed = value.trim();
  return trimmed === '' || trimmed === unsetWord ? undefined : trimmed;
};

/** What operators have set, unparsed. */
export const setParameters = (parameters: Parameters): Map<string, string> =>
  new Map([...parameters].flatMap(([name, value]) => entry(name, value === undefined ? undefined : parameterText(value))));

/** Each round puts at least one value back that does not go with others; the values that were in force before go together. */
const mostRounds = 10;

/**
 * Checks the parameters against the catalogue, then against each other.
 * @param inForce what was in force before: the last good value of whatever is not allowed now
 */
export function valuesOfParameters(parameters: Parameters, inForce: Values, place: Place): ParameterValues {
  const asked = setParameters(parameters);
  const rejected = [...encrypted(parameters), ...[...asked].flatMap(([name, text]) => refusal(name, text))];
  const values = new Map([...asked].filter(([name]) => isKnown(name)));
  putBack(values, rejected, inForce);
  for (let round = 0; round < mostRounds; round += 1) {
    const together = resolveValues({ stored: values, place }).rejected;
    rejected.push(...together.filter(({ fault }) => !rejected.some((told) => told.fault === fault)));
    if (!putBack(values, together, inForce)) break;
  }
  for (const [name, value] of inForce) if (!isParameterName(name)) values.set(name, value);
  return { values, rejected };
}

/** A value alone, whatever the others are. */
function refusal(name: string, text: string): readonly Rejected[] {
  if (!isParameterName(name))
    return [{ names: [name], fault: `${name.slice(0, 100)} is no parameter; mailweir override and mailweir route set what begins so` }];
  const alone = resolveValues({ stored: new Map([[name, text]]), place: anywhere });
  return alone.rejected.filter(({ names }) => names.length === 1);
}

const encrypted = (parameters: Parameters): readonly Rejected[] =>
  [...parameters]
    .filter(([, value]) => value === undefined)
    .map(([name]) => ({
      names: [name],
      fault: `${name.slice(0, 100)} is a SecureString; a setting is kept as a String, and a secret as secret:<name>`,
    }));

/** What a single value may be does not depend on the place. */
const anywhere: Place = { world: 'aws', loopbackOnly: false, hostname: 'localhost', memory: 0 };

const isKnown = (name: string): boolean => name === profileName || settingNamed(name) !== undefined;

/** @returns false when nothing has changed: then it is the defaults that don't go together */
function putBack(values: Map<string, string>, rejected: readonly Rejected[], inForce: Values): boolean {
  const back = rejected.map(({ names }) => {
    const known = names.filter(isKnown);
    const other = known.filter((name) => values.get(name) !== inForce.get(name));
    // As they were before; and where they were so already, what was good once is not allowed any more.
    for (const name of other) setOrDelete(values, name, inForce.get(name));
    return other.length > 0 || known.filter((name) => values.delete(name)).length > 0;
  });
  return back.includes(true);
}

const setOrDelete = (values: Map<string, string>, name: string, value: string | undefined): unknown =>
  value === undefined ? values.delete(name) : values.set(name, value);

const entry = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
  value === undefined ? [] : [[name, value]];
