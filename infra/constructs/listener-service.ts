import { Duration, RemovalPolicy, Size, Stack, Validations } from 'aws-cdk-lib';
import type { ISecurityGroup, ISubnet } from 'aws-cdk-lib/aws-ec2';
import {
  AvailabilityZoneRebalancing,
  AwsLogDriverMode,
  Capability,
  type Cluster,
  type ContainerDefinition,
  type ContainerImage,
  CpuArchitecture,
  FargatePlatformVersion,
  FargateService,
  FargateTaskDefinition,
  type ICluster,
  LinuxParameters,
  LogDrivers,
  OperatingSystemFamily,
  UlimitName,
} from 'aws-cdk-lib/aws-ecs';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { edgePorts, healthPort, type ServiceName, services, talkPort } from '../../platform/aws/edge-ports.ts';
import { drainSeconds, nodeOptionsFor, openFilesFor, stopTimeout, taskEnvironment } from '../../platform/aws/task-environment.ts';
import type { ServiceSize } from '../task-size.ts';
import { mostSessions } from './slot-scaling.ts';
import { explainWildcard } from './wildcards.ts';

export interface ListenerServiceProps {
  readonly name: ServiceName;
  readonly cluster: Cluster;
  readonly image: ContainerImage;
  readonly size: ServiceSize;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
  readonly environment: Readonly<Record<string, string>>;
  /** How long the balancer gives a task that leaves. */
  readonly drainTime: Duration;
  /** @default /mailweir/<service> */
  readonly logGroupName?: string;
  /** @default - a month */
  readonly logRetention?: RetentionDays;
}

/** uid and gid of `node` in the image. Named here too, so that no other image makes a task root. */
const user = '1000:1000';

/** Of TCP, s: a client that vanished is noticed after 2 min + 4 × 30 s, long before the balancer forgets it. Listeners set the first by themselves. */
const keepalive = { 'net.ipv4.tcp_keepalive_time': 120, 'net.ipv4.tcp_keepalive_intvl': 30, 'net.ipv4.tcp_keepalive_probes': 4 };

/** Tasks that listen: one of the two services, of one kind of address. */
export class ListenerService extends Construct {
  readonly name: ServiceName;
  readonly service: FargateService;
  readonly task: FargateTaskDefinition;
  readonly container: ContainerDefinition;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: ListenerServiceProps) {
    super(scope, id);
    this.name = props.name;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: props.logGroupName ?? `/mailweir/${props.name}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.task = taskOf(this, props.size);
    this.container = this.addContainer(props);
    this.service = this.run(props);
  }

  private addContainer({ name, image, size, environment, drainTime }: ListenerServiceProps): ContainerDefinition {
    const container = this.task.addContainer('listener', {
      image,
      user,
      readonlyRootFilesystem: true,
      linuxParameters: withoutCapabilities(this),
      environment: {
        ...environment,
        [taskEnvironment.service]: name,
        [taskEnvironment.drain]: String(drainSeconds(drainTime.toSeconds())),
        NODE_OPTIONS: nodeOptionsFor(size.memory),
        AWS_REGION: Stack.of(this).region, // the SDK asks for nothing else, and what Fargate sets by itself it does not promise
      },
      // Never waited for: a log that does not take lines would stop the process at its next line. Lines that don't fit are lost, and mail is not.
      logging: LogDrivers.awsLogs({
        streamPrefix: name,
        logGroup: this.logGroup,
        mode: AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(16),
      }),
      portMappings: [...services[name].map((listener) => edgePorts[listener].container), healthPort, talkPort].map((containerPort) => ({
        containerPort,
      })),
      stopTimeout: Duration.seconds(stopTimeout),
      // A process that crashed comes back in its task, at once; its slots come back after a lease either way. One that ended well was told to.
      enableRestartPolicy: true,
      restartAttemptPeriod: Duration.minutes(1),
      restartIgnoredExitCodes: [0],
      systemControls: Object.entries(keepalive).map(([namespace, value]) => ({ namespace, value: String(value) })),
    });
    container.addUlimits({ name: UlimitName.NOFILE, ...openFiles(size) });
    return container;
  }

  private run({ cluster, subnets, securityGroup }: ListenerServiceProps): FargateService {
    return new FargateService(this, 'Service', {
      cluster: cluster as ICluster, // CDK's declaration of the class is not made for exactOptionalPropertyTypes; it is one
      taskDefinition: this.task, // of the launch type Fargate, on demand: a spot task has two minutes for what takes a drain
      // No desired count: scaling moves it, and a deploy in a rush would move it back.
      platformVersion: FargatePlatformVersion.VERSION1_4, // the first that takes sysctls of net.*
      vpcSubnets: { subnets: [...subnets] },
      securityGroups: [securityGroup],
      assignPublicIp: true, // the way to AWS's services without a NAT gateway; the group lets in nobody but the balancer
      minHealthyPercent: 100, // new tasks serve before old ones are drained
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      healthCheckGracePeriod: Duration.minutes(2),
      availabilityZoneRebalancing: AvailabilityZoneRebalancing.ENABLED, // after a zone was away all tasks would stay in the other
      enableExecuteCommand: false,
    });
  }
}

function taskOf(scope: Construct, size: ServiceSize): FargateTaskDefinition {
  const task = new FargateTaskDefinition(scope, 'Task', {
    cpu: size.cpu,
    memoryLimitMiB: size.memory,
    runtimePlatform: { cpuArchitecture: CpuArchitecture.ARM64, operatingSystemFamily: OperatingSystemFamily.LINUX },
  });
  explainWildcard(task.obtainExecutionRole(), '*', 'ecr:GetAuthorizationToken is of the whole registry: AWS knows no resource for it.');
  Validations.of(task).acknowledge({
    id: 'AwsSolutions-ECS2',
    reason: 'The environment holds names of tables, queues and the bucket; secrets are read from Secrets Manager by the process.',
  });
  return task;
}

function withoutCapabilities(scope: Construct): LinuxParameters {
  const linux = new LinuxParameters(scope, 'Linux');
  linux.dropCapabilities(Capability.ALL); // all ports are above 1024
  return linux;
}

/** 65,535 is what Fargate gives unasked. */
function openFiles({ memory }: ServiceSize): { readonly softLimit: number; readonly hardLimit: number } {
  const files = Math.max(65_535, openFilesFor(mostSessions(memory)));
  return { softLimit: files, hardLimit: files };
}
