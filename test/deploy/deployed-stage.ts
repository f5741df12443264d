import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTaskDefinitionCommand, ECSClient, paginateListTaskDefinitions } from '@aws-sdk/client-ecs';
import { PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { secretsPath, settingsPath } from '../../platform/aws/stage-names.ts';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import { anybody, withoutAws } from './cdk.ts';
import { ListenerTask } from './listener-task.ts';

const launcher = join(import.meta.dirname, '../../bin/mailweir.js');
const patience = 60_000; // ms, of a command

export interface DeployedPlace {
  readonly stage: string;
  /** Of the emulator. */
  readonly url: string;
  /** Where docker was asked to build. */
  readonly image: string;
}

interface ServiceFacts {
  readonly environment: Readonly<Record<string, string>>;
  /** MiB. */
  readonly memory: number;
}

/** A stage that was deployed, as an operator and as AWS see it: what is used of it is read back. */
export class DeployedStage {
  readonly #place: DeployedPlace;
  readonly #at: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { accessKeyId: string; secretAccessKey: string };
  };
  readonly #tasks: ListenerTask[] = [];

  constructor(place: DeployedPlace) {
    this.#place = place;
    const { AWS_REGION: region, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = anybody;
    this.#at = { endpoint: place.url, region, credentials: { accessKeyId, secretAccessKey } };
  }

  /** Status of each stack by its name. */
  async stacks(): Promise<ReadonlyMap<string, string>> {
    const { Stacks = [] } = await new CloudFormationClient(this.#at).send(new DescribeStacksCommand());
    return new Map(Stacks.map(({ StackName = '', StackStatus = '' }) => [StackName, StackStatus]));
  }

  /** Values of a stack's outputs, by their names. */
  async outputs(stack: string): Promise<ReadonlyMap<string, string>> {
    const { Stacks = [] } = await new CloudFormationClient(this.#at).send(new DescribeStacksCommand({ StackName: stack }));
    return new Map((Stacks[0]?.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
  }

  /** As `aws ssm put-parameter --overwrite`. */
  async putParameter(setting: string, value: string): Promise<void> {
    const command = new PutParameterCommand({ Name: settingsPath(this.#place.stage) + setting, Value: value, Overwrite: true });
    await new SSMClient(this.#at).send(command);
  }

  /** As `aws secretsmanager put-secret-value`. */
  async putSecret(name: string, SecretString: string): Promise<void> {
    const SecretId = secretsPath(this.#place.stage) + name;
    await new SecretsManagerClient(this.#at).send(new PutSecretValueCommand({ SecretId, SecretString }));
  }

  /** As `aws sesv2 create-email-identity`. The emulator takes a domain for proven at once; AWS looks for its DKIM records in the DNS first. */
  async proveDomain(EmailIdentity: string): Promise<void> {
    await new SESv2Client(this.#at).send(new CreateEmailIdentityCommand({ EmailIdentity }));
  }

  /** What was given to SES and would have been sent, as the emulator tells it. */
  async sentBySes(): Promise<string> {
    return (await fetch(`${this.#place.url}/_ministack/ses/messages`)).text();
  }

  /** Runs a command of ours on the stage, from outside of it. @throws with what it said when it exits with another code than 0 */
  async mailweir(words: readonly string[], input = ''): Promise<string> {
    const env = { ...withoutAws(process.env), ...anybody, AWS_ENDPOINT_URL: this.#place.url };
    const child = spawn(process.execPath, [launcher, '--stage', this.#place.stage, ...words], { env, timeout: patience });
    child.stdin.end(input);
    const [said, complained, code] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      new Promise((resolve) => child.once('exit', resolve)),
    ]);
    if (code !== 0) throw new Error(`mailweir ${words.join(' ')} (exit code ${code}): ${said}${complained}`);
    return said;
  }

  /** A task of a service as ECS would start it. @param environment over that of its task definition */
  async startTask(service: ServiceName, address: string, environment: Readonly<Record<string, string>> = {}): Promise<ListenerTask> {
    const { image, url } = this.#place;
    const facts = await this.#service(service);
    const given = { ...facts, environment: { ...facts.environment, ...environment } };
    const task = await ListenerTask.start({ image, command: await entryPointOf(image), ...given, url, address });
    this.#tasks.push(task);
    return task;
  }

  async killTasks(): Promise<void> {
    await Promise.all(this.#tasks.map((task) => task.kill()));
  }

  async #service(service: ServiceName): Promise<ServiceFacts> {
    const client = new ECSClient(this.#at);
    for await (const { taskDefinitionArns = [] } of paginateListTaskDefinitions({ client }, {})) {
      for (const arn of taskDefinitionArns) {
        const { taskDefinition } = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: arn }));
        const variables = taskDefinition?.containerDefinitions?.[0]?.environment ?? [];
        const environment = Object.fromEntries(variables.map(({ name = '', value = '' }) => [name, value]));
        if (environment[taskEnvironment.service] === service) return { environment, memory: Number(taskDefinition?.memory) };
      }
    }
    throw new Error(`no task definition of the service ${service}`);
  }
}

/** What the image's Dockerfile says that a container runs. */
async function entryPointOf(image: string): Promise<readonly string[]> {
  const said = /^ENTRYPOINT (\[.*\])$/m.exec(await readFile(join(image, 'Dockerfile'), 'utf8'))?.[1];
  if (said === undefined) throw new Error('the Dockerfile has no ENTRYPOINT');
  return JSON.parse(said) as readonly string[];
}
