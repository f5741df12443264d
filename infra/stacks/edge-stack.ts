import { Annotations, Stack, Validations } from 'aws-cdk-lib';
import { Cluster, type ContainerImage, ContainerInsights } from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { stageNamespace } from '../../core/observe/metrics.ts';
import { Edge } from '../constructs/edge.ts';
import { EdgeOutputs } from '../constructs/edge-outputs.ts';
import { grantListener } from '../constructs/listener-rights.ts';
import { OperatorPolicy } from '../constructs/operator-policy.ts';
import { mailWorldEnvironment, type StageQueues } from '../constructs/world-environment.ts';
import { WorldParameter } from '../constructs/world-parameter.ts';
import type { StageContext } from '../context.ts';
import type { DataStack } from './data-stack.ts';
import type { NetworkStack } from './network-stack.ts';

export interface EdgeStackProps {
  readonly context: StageContext;
  readonly data: DataStack;
  readonly network: NetworkStack;
  readonly queues: StageQueues;
  readonly image: ContainerImage;
}

/** What clients and other servers connect to: the balancer and the listeners; and how the command line finds the stage. */
export class EdgeStack extends Stack {
  readonly edge: Edge;
  /** For clients of IPv6, when the stage has them. */
  readonly edge6: Edge | undefined;

  constructor(scope: Construct, id: string, { context, data, network, queues, image }: EdgeStackProps) {
    super(scope, id, { description: `Mailweir ${context.stage}: balancer and listeners` });
    const { stage, hostname } = context;
    const { vpc } = network;
    const environment = mailWorldEnvironment({ stage, hostname, data, queues });
    const cluster = new Cluster(this, 'Cluster', {
      vpc,
      clusterName: `mailweir-${stage}`,
      containerInsightsV2: ContainerInsights.DISABLED,
    });
    Validations.of(cluster).acknowledge({
      id: 'AwsSolutions-ECS4',
      reason:
        'Listeners tell what they do by metrics of their own; Container Insights would add some dozens for each service, each paid by the month.',
    });
    const shared = {
      vpc,
      subnets: network.edgeSubnets,
      balancerGroup: network.balancer,
      taskGroup: network.tasks,
      cluster,
      image,
      environment,
      namespace: stageNamespace(stage),
      sizes: { smtp: context.smtp, mailbox: context.mailbox },
      deletionProtection: context.keepData,
    };
    this.edge = new Edge(this, 'Edge', { ...shared, addresses: network.edgeAddresses, logPath: `/mailweir/${stage}/` });
    this.edge6 = context.ipv6 ? new Edge(this, 'Edge6', { ...shared, ipv6: true, logPath: `/mailweir/${stage}/ipv6-` }) : undefined;
    if (context.ipv6) Annotations.of(this).addWarningV2('mailweir:ipv6', untried);
    for (const { services } of [this.edge, ...(this.edge6 === undefined ? [] : [this.edge6])]) {
      for (const { name, task } of Object.values(services)) grantListener(name, task.taskRole, { data, queues });
    }
    new WorldParameter(this, 'World', { stage, variables: environment });
    new OperatorPolicy(this, 'Operator', { stage, data, queues });
    new EdgeOutputs(this, 'Outputs', { context, network, edge: this.edge, edge6: this.edge6 });
  }
}

const untried =
  'ipv6: AWS says of subnets with IPv6 addresses alone that tasks become targets by those, and nothing of subnets with both kinds. ' +
  'See that the targets of the second balancer are healthy before an AAAA record names it (docs/adr/0025-the-edge-on-aws.md).';
