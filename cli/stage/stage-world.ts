import type { SSMClient } from '@aws-sdk/client-ssm';
import type { Ask } from '../../core/observe/asking.ts';
import { jsonEventLog } from '../../core/observe/json-event-log.ts';
import type { Place } from '../../core/settings/setting.ts';
import { parameterStore } from '../../platform/aws/settings/parameters.ts';
import { stageSettings } from '../../platform/aws/settings/stage-settings.ts';
import { openMailWorld } from '../../platform/aws/world.ts';
import type { MailWorldNames } from '../../platform/aws/world-names.ts';
import { systemClock } from '../../platform/node/clock.ts';
import { openPasswordHasher } from '../../platform/node/password-hasher.ts';
import type { CommandWorld } from '../command-world.ts';
import { say } from '../output.ts';

export interface StageWorldParts {
  readonly names: MailWorldNames;
  readonly parameters: SSMClient;
  readonly ask: Ask;
  readonly endpoint?: string;
}

/** A stage as commands work on it, with the rights of whoever runs them. */
export function openStageWorld({ names, parameters, ask, ...at }: StageWorldParts): CommandWorld & { close(): Promise<void> } {
  const mail = openMailWorld({ names, log: jsonEventLog(say, systemClock), ...at });
  const passwords = openPasswordHasher();
  return {
    ...mail,
    ask,
    delivery: 'functions',
    passwords,
    settings: stageSettings({ parameters: parameterStore(parameters, names.stage), item: mail.settings, place: placeOf(names) }),
    close: async () => {
      await mail.dispatcher.settled();
      await passwords.close();
      await mail.close();
    },
  };
}

/** Of the stage's tasks, as far as it is known from outside: a limit that goes by their memory is told by themselves. */
const placeOf = ({ hostname }: MailWorldNames): Place => ({ world: 'aws', loopbackOnly: false, hostname, memory: 0 });
