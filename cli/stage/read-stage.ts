import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { isStage } from '../../infra/stage.ts';
import { worldParameter } from '../../platform/aws/stage-names.ts';
import { type MailWorldNames, mailWorldNames } from '../../platform/aws/world-names.ts';
import { CommandFailure } from '../command.ts';

/** @throws CommandFailure for what can be no stage's name, so that nothing else is asked for in its place */
export function stageNamed(text: string): string {
  if (isStage(text)) return text;
  throw new CommandFailure(
    'usage',
    `${JSON.stringify(text.slice(0, 40))} is no name of a stage`,
    'a stage is named as in cdk deploy: 2 to 20 of a-z, 0-9 and "-", a letter first',
  );
}

/** What its deploy wrote down: the variables that its tasks have in their environment. */
export async function readStage(client: SSMClient, stage: string): Promise<MailWorldNames> {
  const name = worldParameter(stage);
  const { Parameter } = await client.send(new GetParameterCommand({ Name: name }));
  try {
    return mailWorldNames(variablesIn(Parameter?.Value ?? ''));
  } catch (error) {
    const said = error instanceof Error ? error.message.replace('in the environment', `in the parameter ${name}`) : String(error);
    throw new CommandFailure('failed', said, `the stage was deployed by another version of Mailweir: deploy it anew, or use that version`);
  }
}

function variablesIn(text: string): Readonly<Record<string, string>> {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) throw new Error('it holds no variables');
  return Object.fromEntries(Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
