import { catalogue } from './catalogue.ts';
import { defaultAt } from './default-value.ts';
import { profileName, profileNames } from './profiles.ts';
import type { Place, Setting } from './setting.ts';

/** A parameter as an operator finds it in Parameter Store. */
export interface DeclaredParameter {
  readonly name: string;
  readonly description: string;
}

/** What a parameter's description may have. */
export const mostDescription = 1024; // characters

/** A deploy knows neither the name of the edge nor the memory of its tasks when it describes a setting; those defaults are told in words. */
const place: Place = { world: 'aws', loopbackOnly: false, hostname: 'the name of the edge', memory: 0 };

const unit: Partial<Record<Setting<unknown>['type'], string>> = {
  duration: ', written 90s, 5m, 2h or 3d',
  durations: ', written 90s 5m 2h',
  bytes: ', written 64KB or 35MB',
  percent: ', percent',
};

const defaultOnAws = (setting: Setting<unknown>): string =>
  setting.defaultInWords ?? (setting.format(defaultAt(setting, place)) || 'empty');

/** One per row of the catalogue, but for those that are the deploy's alone: ports are said in the balancer. And the profile. */
export const declaredParameters: readonly DeclaredParameter[] = [
  {
    name: profileName,
    description: `The numbers of a product, for all settings that nobody has set. Default: modern. Allowed: ${profileNames.join(', ')}.`,
  },
  ...catalogue
    .filter(({ fixed }) => fixed !== true)
    .map((setting) => ({
      name: setting.name,
      description: `${setting.doc.replaceAll('`', '')} Default: ${defaultOnAws(setting)}. Allowed: ${setting.allowed}${unit[setting.type] ?? ''}.`,
    })),
];
