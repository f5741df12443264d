import { Validations } from 'aws-cdk-lib';
import { type IVpc, Peer, Port, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import { edgePorts, healthPort, talkPort } from '../../platform/aws/edge-ports.ts';

export interface EdgeGroupsProps {
  readonly vpc: IVpc;
  /** @default false */
  readonly ipv6?: boolean;
  /** Whether outbound sessions run inside the VPC. @default false */
  readonly outbound?: boolean;
}

/** Who may talk to whom inside the VPC, all of it in one place. What is not said here is not let through. */
export class EdgeGroups extends Construct {
  readonly balancer: SecurityGroup;
  readonly tasks: SecurityGroup;
  /** Of the functions that tell listeners of new mail and ask them about sessions. */
  readonly functions: SecurityGroup;
  /** Of outbound sessions when they run inside; to tasks they may not talk. */
  readonly outbound: SecurityGroup | undefined;

  constructor(scope: Construct, id: string, { vpc, ipv6 = false, outbound = false }: EdgeGroupsProps) {
    super(scope, id);
    const group = (name: string, description: string): SecurityGroup =>
      new SecurityGroup(this, name, { vpc, description, allowAllOutbound: false, allowAllIpv6Outbound: false });
    const everybody = [Peer.anyIpv4(), ...(ipv6 ? [Peer.anyIpv6()] : [])];
    this.balancer = group('Balancer', 'The balancer: mail clients and other mail servers');
    this.tasks = group('Tasks', 'Listeners');
    this.functions = group('Functions', 'Functions that talk to listeners');

    const ports = Object.entries(edgePorts);
    for (const [name, { outside }] of ports) {
      for (const peer of everybody) this.balancer.addIngressRule(peer, Port.tcp(outside), name);
    }
    Validations.of(this.balancer).acknowledge({
      id: 'AwsSolutions-EC23',
      reason: 'Whoever has mail for us, or has mail here, may connect: that is what the edge is for. Admission is by slots.',
    });

    // A balancer with a group of its own opens nothing by itself: neither CDK nor AWS lets it through to its targets.
    for (const [name, { container }] of ports) this.between(this.balancer, this.tasks, container, name);
    this.between(this.balancer, this.tasks, healthPort, 'health');

    this.between(this.tasks, this.tasks, talkPort, 'talk');
    this.between(this.functions, this.tasks, talkPort, 'talk');

    // Of AWS's services no address is known beforehand; TLS says who they are. The VPC's resolver is reached past all groups.
    for (const peer of everybody) this.tasks.addEgressRule(peer, Port.tcp(443), "AWS's services");
    this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'DynamoDB and S3, by gateway endpoints');

    this.outbound = outbound ? group('Outbound', 'Outbound sessions') : undefined;
    // Other servers stand anywhere, and a smarthost on any port.
    for (const peer of everybody) this.outbound?.addEgressRule(peer, Port.allTcp(), 'Other mail servers');
  }

  private between(from: SecurityGroup, to: SecurityGroup, port: number, what: string): void {
    to.addIngressRule(from, Port.tcp(port), what);
    from.addEgressRule(to, Port.tcp(port), what);
  }
}
