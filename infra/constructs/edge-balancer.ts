import { Duration, Validations } from 'aws-cdk-lib';
import type { CfnEIP, ISecurityGroup, ISubnet, IVpc } from 'aws-cdk-lib/aws-ec2';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import {
  IpAddressType,
  NetworkLoadBalancer,
  NetworkTargetGroup,
  Protocol,
  TargetGroupIpAddressType,
  TargetType,
} from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { edgePorts, healthPort, type ServiceName, services } from '../../platform/aws/edge-ports.ts';

export interface EdgeBalancerProps {
  readonly vpc: IVpc;
  readonly subnets: readonly ISubnet[];
  readonly securityGroup: ISecurityGroup;
  /** One for each subnet. @default - addresses of AWS's choice, which go with the balancer */
  readonly addresses?: readonly CfnEIP[];
  /** Whether it serves clients of IPv6 instead: its targets are reached by IPv6. @default false */
  readonly ipv6?: boolean;
  /** How long a task that leaves keeps its sessions before AWS ends it. @default 10 minutes */
  readonly drainTime?: Duration;
  /** @default true: its addresses stand in DNS */
  readonly deletionProtection?: boolean;
}

/**
 * Longest that a session may be silent before the balancer forgets it without a word to either side. The longest silence that we allow is IMAP's
 * 30 minutes (RFC 9051 section 5.4), and ending it is up to the listener, which says why.
 */
const idleTimeout = Duration.hours(1);

/**
 * The balancer: TCP listeners that tell tasks the client's own address. TLS ends in the task: a TLS listener of the balancer forgets a session
 * after 350 s of silence, which every IMAP client in IDLE exceeds, and knows no STARTTLS.
 */
export class EdgeBalancer extends Construct {
  readonly balancer: NetworkLoadBalancer;
  readonly #props: EdgeBalancerProps;

  constructor(scope: Construct, id: string, props: EdgeBalancerProps) {
    super(scope, id);
    this.#props = props;
    const { vpc, subnets, addresses, securityGroup, ipv6 = false } = props;
    this.balancer = new NetworkLoadBalancer(this, 'Resource', {
      vpc,
      ...(addresses === undefined
        ? { vpcSubnets: { subnets: [...subnets] } }
        : { subnetMappings: subnets.map((subnet, at) => ({ subnet, ...allocationOf(addresses[at]) })) }),
      internetFacing: true,
      securityGroups: [securityGroup],
      ipAddressType: ipv6 ? IpAddressType.DUAL_STACK : IpAddressType.IPV4, // none is of IPv6 alone; DNS names only its IPv6 addresses
      crossZoneEnabled: true, // two tasks in two zones: without it a zone whose task restarts refuses half of the clients
      deletionProtection: props.deletionProtection ?? true,
    });
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions-ELB2',
      reason: 'A Network Load Balancer logs connections of TLS listeners alone, and there are none. Listeners log every session.',
    });
  }

  /** Leads the ports of a service to its tasks. @returns the group of targets of the first port: as many healthy ones as there are tasks that serve */
  serve(name: ServiceName, service: FargateService, containerName: string): NetworkTargetGroup {
    const [first] = services[name].map((listener) => {
      const { outside, container } = edgePorts[listener];
      const targets = this.targetGroup(listener, container);
      this.balancer.addListener(listener, {
        port: outside,
        protocol: Protocol.TCP,
        tcpIdleTimeout: idleTimeout,
        defaultTargetGroups: [targets],
      });
      targets.addTarget(service.loadBalancerTarget({ containerName, containerPort: container }));
      return targets;
    });
    if (first === undefined) throw new Error(`service ${name} has no listeners`);
    return first;
  }

  private targetGroup(listener: string, port: number): NetworkTargetGroup {
    const { vpc, ipv6 = false, drainTime = Duration.minutes(10) } = this.#props;
    const targets = new NetworkTargetGroup(this, `${listener}-targets`, {
      vpc,
      port,
      protocol: Protocol.TCP,
      targetType: TargetType.IP,
      ipAddressType: ipv6 ? TargetGroupIpAddressType.IPV6 : TargetGroupIpAddressType.IPV4,
      // Limits per address need the client's. A PROXY header can't tell it: the balancer sends that with the client's first octets, and our protocols begin with the server's.
      preserveClientIp: true,
      proxyProtocolV2: false,
      deregistrationDelay: drainTime,
      connectionTermination: false, // the task says goodbye itself, at a command's end
      // A port of its own, so that a look is no session; it closes when the task admits nobody. In HTTP, because a connection alone the kernel
      // takes also for a process that hangs.
      healthCheck: {
        protocol: Protocol.HTTP,
        path: '/',
        port: String(healthPort),
        interval: Duration.seconds(10),
        timeout: Duration.seconds(6),
        healthyThresholdCount: 2,
        unhealthyThresholdCount: 3,
      },
    });
    // On by default: three looks that failed would cut every session of a task that merely stalled.
    targets.setAttribute('target_health_state.unhealthy.connection_termination.enabled', 'false');
    return targets;
  }
}

const allocationOf = (address: CfnEIP | undefined): { readonly allocationId?: string } =>
  address === undefined ? {} : { allocationId: address.attrAllocationId };
