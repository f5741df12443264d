import { Duration } from 'aws-cdk-lib';
import type { CfnEIP, ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { Cluster, ContainerImage } from 'aws-cdk-lib/aws-ecs';
import type { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { taskEnvironment } from '../../platform/aws/task-environment.ts';
import type { ServiceSize } from '../task-size.ts';
import { EdgeBalancer } from './edge-balancer.ts';
import { ListenerService } from './listener-service.ts';
import { SlotScaling } from './slot-scaling.ts';

export interface EdgeProps {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly balancerGroup: ISecurityGroup;
  readonly taskGroup: ISecurityGroup;
  readonly cluster: Cluster;
  readonly image: ContainerImage;
  readonly environment: Readonly<Record<string, string>>;
  readonly sizes: Readonly<Record<ServiceName, ServiceSize>>;
  /** CloudWatch's, of the stage's metrics. */
  readonly namespace: string;
  /** Before the service's name, of its log group. */
  readonly logPath: string;
  /** Of the balancer, one for each subnet. @default - of AWS's choice */
  readonly addresses?: readonly CfnEIP[];
  /** @default false: clients of IPv4 */
  readonly ipv6?: boolean;
  /** @default true */
  readonly deletionProtection?: boolean;
}

/** Settings of the totals that sessions of a service count under. */
const totals = { smtp: ['smtp/sessions', 'msa/sessions'], mailbox: ['pop3/sessions', 'imap/sessions'] } as const;

/** How long the balancer gives a task that leaves: goodbyes are spread over it, so that clients don't come back all at once. */
const drainTime = Duration.minutes(10);

/** A balancer and the two services behind it, for clients of one kind of address. */
export class Edge extends Construct {
  readonly balancer: EdgeBalancer;
  readonly services: Readonly<Record<ServiceName, ListenerService>>;
  /** Of the first listener of each service: as many healthy ones as there are tasks that serve. */
  readonly targets: Readonly<Record<ServiceName, NetworkTargetGroup>>;

  constructor(scope: Construct, id: string, props: EdgeProps) {
    super(scope, id);
    const { vpc, subnets, addresses, ipv6 = false } = props;
    this.balancer = new EdgeBalancer(this, 'Balancer', {
      vpc,
      subnets,
      securityGroup: props.balancerGroup,
      ...(addresses === undefined ? {} : { addresses }),
      ipv6,
      drainTime,
      deletionProtection: props.deletionProtection ?? true,
    });
    const smtp = this.service('smtp', props);
    const mailbox = this.service('mailbox', props);
    this.services = { smtp: smtp.made, mailbox: mailbox.made };
    this.targets = { smtp: smtp.targets, mailbox: mailbox.targets };
  }

  private service(name: ServiceName, props: EdgeProps): { readonly made: ListenerService; readonly targets: NetworkTargetGroup } {
    const size = props.sizes[name];
    const made = new ListenerService(this, name, {
      name,
      cluster: props.cluster,
      image: props.image,
      size,
      subnets: props.subnets,
      securityGroup: props.taskGroup,
      drainTime,
      // An address of IPv6 alone in the balancer's group of targets, and both kinds in the task.
      environment: { ...props.environment, ...(props.ipv6 === true ? { [taskEnvironment.bind]: '::' } : {}) },
      logGroupName: props.logPath + name,
    });
    const targets = this.balancer.serve(name, made.service, made.container.containerName);
    new SlotScaling(made, 'Scaling', { service: made.service, targets, size, limits: totals[name], namespace: props.namespace });
    return { made, targets };
  }
}
