import { Annotations, Fn, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { CfnEIP, ISubnet, IVpc, SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import type { Construct } from 'constructs';
import { EdgeGroups } from '../constructs/edge-groups.ts';
import { Network } from '../constructs/network.ts';
import type { GivenVpc, Route } from '../context.ts';
import type { Stage } from '../stage.ts';

export interface NetworkStackProps {
  readonly stage: Stage;
  /** @default - a VPC of its own */
  readonly given?: GivenVpc;
  /** @default 2 */
  readonly maxAzs?: number;
  /** @default ses */
  readonly route?: Route;
  /** @default false */
  readonly ipv6?: boolean;
  /** Whether its Elastic IPs stay when the stack is deleted. @default true */
  readonly keepAddresses?: boolean;
}

/** Where functions inside the VPC stand: for `vpc`, `vpcSubnets` and `securityGroups` of a function. */
export interface FunctionsPlace {
  readonly vpc: IVpc;
  readonly vpcSubnets: { readonly subnets: ISubnet[] };
  readonly securityGroups: SecurityGroup[];
}

/** The VPC, and who may talk to whom in it. */
export class NetworkStack extends Stack {
  readonly vpc: IVpc;
  readonly edgeSubnets: readonly ISubnet[];
  /** One for each of `edgeSubnets`. */
  readonly edgeAddresses: readonly CfnEIP[];
  readonly balancer: SecurityGroup;
  readonly tasks: SecurityGroup;
  readonly functions: SecurityGroup;
  /** Where functions stand that talk to listeners. They reach DynamoDB, S3 and listeners, and with any other route than `direct` nothing else. */
  readonly functionsPlace: FunctionsPlace;
  /** Where outbound sessions run for the route `direct`; with any other they run outside of the VPC. */
  readonly outboundPlace: FunctionsPlace | undefined;
  readonly outboundAddress: string | undefined;
  readonly #zones: number;

  constructor(scope: Construct, id: string, props: NetworkStackProps) {
    const { stage, given, maxAzs = 2, route = 'ses', ipv6 = false, keepAddresses = true } = props;
    super(scope, id, { description: `Mailweir ${stage}: VPC and security groups` });
    this.#zones = maxAzs;
    const direct = route === 'direct';
    const network = new Network(this, 'Network', {
      ...(given === undefined ? {} : { given }),
      maxAzs,
      fixedAddress: direct,
      ipv6,
      removalPolicy: keepAddresses ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    });
    const { vpc } = network;
    const groups = new EdgeGroups(this, 'Groups', { vpc, ipv6, outbound: direct });
    const place = (group: SecurityGroup): FunctionsPlace => ({
      vpc,
      vpcSubnets: { subnets: [...network.functionSubnets] },
      securityGroups: [group],
    });
    this.vpc = vpc;
    this.edgeSubnets = network.edgeSubnets;
    this.edgeAddresses = network.edgeAddresses;
    this.balancer = groups.balancer;
    this.tasks = groups.tasks;
    this.functions = groups.functions;
    this.functionsPlace = place(groups.functions);
    this.outboundPlace = groups.outbound === undefined ? undefined : place(groups.outbound);
    this.outboundAddress = network.outboundAddress;
    if (direct) Annotations.of(this).addWarningV2('mailweir:port-25', port25);
  }

  /** Without a Region CDK counts two zones. Which ones they are is settled when the stack is deployed. */
  override get availabilityZones(): string[] {
    return Array.from({ length: this.#zones }, (_, at) => Fn.select(at, Fn.getAzs()));
  }
}

const port25 =
  'Route direct: AWS blocks connections to port 25 of other hosts until it is asked to lift that for this account and Region. ' +
  'Ask for it, and for the PTR record of the Elastic IP, before mail is to leave: https://repost.aws/knowledge-center/ec2-port-25-throttle';
