import type { ApplyDeps } from '../../../core/settings/apply-parameters.ts';
import type { Clock } from '../../../core/values/clock.ts';
import { systemClock } from '../../node/clock.ts';
import { openPatientClient } from '../dynamodb/client.ts';
import type { WorldNames } from '../world-names.ts';
import { putLimitsInForce } from './limits-in-force.ts';
import { openParameterClient, parameterStore } from './parameters.ts';
import { boundSessions, openMappingClient } from './session-mapping.ts';
import { settingsItem } from './settings-source.ts';

/** All that the function needs which carries parameters over to the processes: neither mail nor addresses. */
export type SettingsWorld = Pick<ApplyDeps, 'parameters' | 'item' | 'putLimits' | 'boundSessions' | 'clock'>;

export interface SettingsWorldOptions {
  readonly names: Pick<WorldNames, 'stage'> & { readonly tables: Pick<WorldNames['tables'], 'slots'> };
  /** UUID of the event source mapping of outbound sessions. @default - nothing is bounded outside of the slots */
  readonly mapping?: string | undefined;
  /** One for all services, for emulators. @default that of each service in the Region */
  readonly endpoint?: string;
  /** @default - the machine's clock */
  readonly clock?: Clock;
}

export function openSettingsWorld({ names, mapping = '', endpoint, clock = systemClock }: SettingsWorldOptions): SettingsWorld {
  const client = openPatientClient(endpoint === undefined ? {} : { endpoint });
  const table = names.tables.slots;
  const lambda = openMappingClient(endpoint);
  return {
    clock,
    parameters: parameterStore(openParameterClient(endpoint), names.stage),
    item: settingsItem({ client, table }),
    putLimits: (limits, version) => putLimitsInForce({ client, table }, limits, version),
    boundSessions: async (sessions) => mapping !== '' && (await boundSessions({ client: lambda, mapping }, sessions)),
  };
}
