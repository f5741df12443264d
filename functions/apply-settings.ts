import { metrics } from '../core/observe/metrics.ts';
import { type Applied, type ApplyDeps, applyParameters } from '../core/settings/apply-parameters.ts';
import { openSettingsWorld, type SettingsWorld } from '../platform/aws/settings/settings-world.ts';
import { worldNames } from '../platform/aws/world-names.ts';
import { countRejected, endpointOf, log, meter, metered, placeOf } from './invocation-log.ts';

let opened: SettingsWorld | undefined;

const open = (): SettingsWorld => {
  opened ??= openSettingsWorld({
    names: worldNames(process.env),
    mapping: process.env.MAILWEIR_OUTBOUND_MAPPING,
    ...endpointOf(process.env),
  });
  return opened;
};

/**
 * Runs after each change of a parameter of the stage, and each minute: an event may be lost, and what it tells is not looked at, because all
 * parameters are read anyway.
 */
export const handler = (): Promise<Applied> =>
  metered(async () => {
    const deps: ApplyDeps = { ...open(), place: placeOf(worldNames(process.env).hostname), log, rejected: countRejected };
    const applied = await applyParameters(deps);
    meter.gauge(metrics.settingsVersion, {}).set(applied.version); // what all processes are to follow
    return applied;
  });
