import type { LiveSettings } from './live-settings.ts';
import { type Resolution, valueIn } from './resolve-values.ts';
import type { Setting } from './setting.ts';

/** Settings as they stand at one moment, for whoever looks once and is done. */
export const resolvedSettings = ({ values, overrides, routeRules }: Resolution): LiveSettings => ({
  get: <T>(setting: Setting<T>) => valueIn(values, setting),
  overrides: () => overrides,
  routeRules: () => routeRules,
  onChange: () => () => {},
});
