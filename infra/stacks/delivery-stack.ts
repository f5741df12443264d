import { ArnFormat, Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { outboundSettings } from '../../core/settings/outbound.ts';
import { settingsPath } from '../../platform/aws/stage-names.ts';
import type { CodeOf } from '../bundle/worker-code.ts';
import { Runs } from '../constructs/schedule.ts';
import { explainWildcard } from '../constructs/wildcards.ts';
import { WorkerFunction } from '../constructs/worker-function.ts';
import { WorkerQueue } from '../constructs/worker-queue.ts';
import { grantWorker } from '../constructs/worker-rights.ts';
import { mailWorldEnvironment, type StageQueues, worldEnvironment } from '../constructs/world-environment.ts';
import type { StageContext } from '../context.ts';
import { type QueueName, type WorkerName, type WorkerPlan, wokenBy, workerNames, workers } from '../workers.ts';
import type { DataStack } from './data-stack.ts';
import type { FunctionsPlace, NetworkStack } from './network-stack.ts';

export interface DeliveryStackProps {
  readonly context: Pick<StageContext, 'stage' | 'hostname'>;
  readonly data: DataStack;
  readonly network: NetworkStack;
  readonly code: CodeOf;
}

/** What brings mail from the spool to where it belongs, fetches it from elsewhere, and carries settings over: queues, functions, schedules. */
export class DeliveryStack extends Stack {
  readonly queues: StageQueues;
  readonly wakeUps: Readonly<Record<QueueName, WorkerQueue>>;
  readonly functions: Readonly<Record<WorkerName, WorkerFunction>>;
  readonly #props: DeliveryStackProps;

  constructor(scope: Construct, id: string, props: DeliveryStackProps) {
    super(scope, id, { description: `Mailweir ${props.context.stage}: queues, functions and schedules` });
    this.#props = props;
    this.wakeUps = { outbound: this.wakeUpsOf('outbound'), local: this.wakeUpsOf('local'), collect: this.wakeUpsOf('collect') };
    const { outbound, local, collect } = this.wakeUps;
    this.queues = { outbound: outbound.queue, local: local.queue, collect: collect.queue };
    this.functions = Object.fromEntries(workerNames.map((name) => [name, this.worker(name)])) as Record<WorkerName, WorkerFunction>;
    local.wakes(this.functions['deliver-local']);
    collect.wakes(this.functions.collect); // how many at once, slots say: there are never more wake-ups than collect/sessions
    this.boundOutbound();
    this.followParameters();
  }

  private wakeUpsOf(name: QueueName): WorkerQueue {
    return new WorkerQueue(this, `${name}-queue`, { timeout: workers[wokenBy[name]].timeout });
  }

  private worker(name: WorkerName): WorkerFunction {
    const { context, data, network, code } = this.#props;
    const { stage, hostname } = context;
    const { queues } = this;
    const plan: WorkerPlan = workers[name];
    const place = placeOf(plan, network);
    const worker = new WorkerFunction(this, name, {
      stage,
      name,
      description: `Mailweir ${stage}: ${name}`,
      code,
      memory: plan.memory,
      timeout: plan.timeout,
      environment: (plan.mail === true ? mailWorldEnvironment : worldEnvironment)({ stage, hostname, data, queues }),
      ...(place === undefined ? {} : { place }),
    });
    grantWorker(name, worker.role, { data, queues });
    if (plan.every !== undefined) new Runs(worker, 'Schedule', { worker, every: plan.every, description: `Runs ${name}` });
    return worker;
  }

  /**
   * How many outbound sessions may run is a setting, so apply-settings changes the mapping while it runs. CloudFormation writes a mapping only when
   * the template says something else of it than before, and this never does: its number is the setting's default, and all else is fixed by name.
   */
  private boundOutbound(): void {
    const mapping = this.wakeUps.outbound.wakes(this.functions['deliver-outbound'], defaultSessions());
    const { lambda, role } = this.functions['apply-settings'];
    lambda.addEnvironment('MAILWEIR_OUTBOUND_MAPPING', mapping.eventSourceMappingId);
    const actions = ['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'];
    role.addToPolicy(new PolicyStatement({ actions, resources: [mapping.eventSourceMappingArn] }));
  }

  /** Each minute, and at once when a parameter of the stage was changed. */
  private followParameters(): void {
    const { stage } = this.#props.context;
    const worker = this.functions['apply-settings'];
    const path = settingsPath(stage);
    const arnOf = (name: string): string =>
      this.formatArn({ service: 'ssm', resource: 'parameter', resourceName: name.slice(1), arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    explainWildcard(worker.role, `${path}*`, 'All parameters of the stage are read at once, by their path.');
    // A right on the path itself is what reading by path asks for.
    const resources = [arnOf(path.slice(0, -1)), arnOf(`${path}*`)];
    worker.role.addToPolicy(new PolicyStatement({ actions: ['ssm:GetParametersByPath'], resources }));
    new Runs(worker, 'Changes', {
      worker,
      description: `Runs apply-settings when a parameter under ${path} changes`,
      // A parameter that was made says that nobody has set it: a deploy makes all of them at once, and each event reads all parameters.
      on: {
        source: ['aws.ssm'],
        detailType: ['Parameter Store Change'],
        detail: { name: [{ prefix: path }], operation: ['Update', 'Delete'] },
      },
    });
  }
}

function placeOf({ place }: WorkerPlan, { functionsPlace, outboundPlace }: NetworkStack): FunctionsPlace | undefined {
  if (place === 'inside') return functionsPlace;
  return place === 'by-route' ? outboundPlace : undefined;
}

function defaultSessions(): number {
  const { sessions } = outboundSettings;
  if (typeof sessions.default !== 'number') throw new Error(`${sessions.name} has no default that is a number everywhere`);
  return sessions.default;
}
