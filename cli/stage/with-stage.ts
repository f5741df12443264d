import type { Ask } from '../../core/observe/asking.ts';
import { openParameterClient } from '../../platform/aws/settings/parameters.ts';
import { openAskingFromOutside } from '../../platform/aws/talk/asking-from-outside.ts';
import type { CommandWorld } from '../command-world.ts';
import { say } from '../output.ts';
import { inOperatorsWords } from './aws-failure.ts';
import { readStage, stageNamed } from './read-stage.ts';
import { openStageWorld } from './stage-world.ts';

/** Opens a stage on AWS for one command, with the caller's credentials, in the caller's Region. */
export async function withStage(name: string, use: (world: CommandWorld) => Promise<void>): Promise<void> {
  await withStageProcesses(name, async (ask) => {
    const parameters = openParameterClient(process.env.AWS_ENDPOINT_URL);
    try {
      const names = await readStage(parameters, name);
      const world = openStageWorld({ names, parameters, ask, ...emulator() });
      try {
        await use(world);
      } finally {
        await world.close();
      }
    } finally {
      parameters.destroy();
    }
  });
}

/** For commands that only ask the processes of a stage: a function in its VPC does it for them. */
export async function withStageProcesses(name: string, use: (ask: Ask) => Promise<void>): Promise<void> {
  const stage = stageNamed(name);
  const asking = openAskingFromOutside({ stage, cut: () => say('there is more than an answer of the function takes: not all is shown') });
  try {
    await use(asking.ask);
  } catch (error) {
    throw inOperatorsWords(error, stage);
  } finally {
    asking.close();
  }
}

/** One place for all services: S3 has to be asked by path there. */
function emulator(): { readonly endpoint?: string } {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  return endpoint === undefined ? {} : { endpoint };
}
