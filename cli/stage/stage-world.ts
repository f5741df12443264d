import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Ask } from '../../core/observe/asking.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import type { Place } from '../../core/settings/setting.ts';
import { DynamoAccountDirectory } from '../../platform/aws/accounts/account-directory.ts';
import { dynamoLoginFailures } from '../../platform/aws/accounts/login-failures.ts';
import { openPatientClient } from '../../platform/aws/dynamodb/client.ts';
import { parameterStore } from '../../platform/aws/settings/parameters.ts';
import { stageSettings } from '../../platform/aws/settings/stage-settings.ts';
import { openWorkerWorld } from '../../platform/aws/worker-world.ts';
import type { MailWorldNames } from '../../platform/aws/world-names.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { openPasswordHasher } from '../../platform/node/password-hasher.ts';
import { say } from '../output.ts';
import type { CommandWorld } from '../with-world.ts';

export interface StageWorldParts {
  readonly names: MailWorldNames;
  readonly parameters: SSMClient;
  readonly ask: Ask;
  readonly endpoint?: string;
}

/** A stage as commands work on it, with the rights of whoever runs them. */
export function openStageWorld({ names, parameters, ask, ...at }: StageWorldParts): CommandWorld & { close(): Promise<void> } {
  const log = jsonEventLog(say, systemClock);
  const worker = openWorkerWorld({ names, log, ...at });
  const client = openPatientClient(at);
  const passwords = openPasswordHasher();
  const { mail, addresses, slots } = names.tables;
  return {
    ...worker,
    ask,
    passwords,
    settings: stageSettings({ parameters: parameterStore(parameters, names.stage), item: worker.settings, place: placeOf(names) }),
    accounts: new DynamoAccountDirectory({ client, tables: { mail, addresses }, clock: systemClock, newId: worker.newId }),
    loginFailures: dynamoLoginFailures({ client, table: slots }),
    close: async () => {
      await passwords.close();
      await worker.close();
      client.destroy();
    },
  };
}

/** Of the stage's tasks, as far as it is known from outside: a limit that goes by their memory is told by themselves. */
const placeOf = ({ hostname }: MailWorldNames): Place => ({ world: 'aws', loopbackOnly: false, hostname, memory: 0 });
