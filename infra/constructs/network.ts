import { Annotations, RemovalPolicy, Validations } from 'aws-cdk-lib';
import {
  CfnEIP,
  GatewayVpcEndpointAwsService,
  IpAddresses,
  IpProtocol,
  type ISubnet,
  type IVpc,
  NatProvider,
  Subnet,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { Construct } from 'constructs';
import type { GivenVpc } from '../context.ts';

export interface NetworkProps {
  /** One that stands already. @default - one of its own: tasks in public subnets, functions in subnets without a way to the internet */
  readonly given?: GivenVpc;
  /** @default 2: one zone may fail; each more costs a public address of the balancer */
  readonly maxAzs?: number;
  /** Whether outbound sessions leave from an address that stays, through a NAT gateway. @default false: a gateway costs more than all else of a small stage */
  readonly fixedAddress?: boolean;
  /** Whether subnets have IPv6 addresses too. @default false */
  readonly ipv6?: boolean;
  /**
   * Of Elastic IPs.
   * @default - kept when the stack goes: DNS records name them, and a reputation hangs on the one that mail leaves from. Not kept when the stack could
   * not be made: an account has five in a Region, and each try would take some
   */
  readonly removalPolicy?: RemovalPolicy;
}

/**
 * Where everything stands that has an address. Tasks need AWS's services and have public addresses of their own for it, which no security group
 * lets anybody in by. Functions inside need DynamoDB and S3 alone, which gateway endpoints reach at no charge.
 */
export class Network extends Construct {
  readonly vpc: IVpc;
  readonly edgeSubnets: readonly ISubnet[];
  readonly functionSubnets: readonly ISubnet[];
  /** One for each of `edgeSubnets`: what clients and other servers connect to. */
  readonly edgeAddresses: readonly CfnEIP[];
  /** What other hosts see outbound sessions come from; it wants a PTR record. */
  readonly outboundAddress: string | undefined;

  constructor(scope: Construct, id: string, props: NetworkProps = {}) {
    super(scope, id);
    const { removalPolicy = RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE } = props;
    const elasticIp = (name: string): CfnEIP => {
      const address = new CfnEIP(this, name);
      address.applyRemovalPolicy(removalPolicy);
      return address;
    };
    const address = props.fixedAddress === true && props.given === undefined ? elasticIp('OutboundAddress') : undefined;
    this.outboundAddress = address?.attrPublicIp;
    if (props.given === undefined) {
      const vpc = this.ownVpc(props, address);
      this.vpc = vpc as IVpc; // CDK's declaration of the class is not made for exactOptionalPropertyTypes; it is one
      this.edgeSubnets = vpc.publicSubnets;
      this.functionSubnets = address === undefined ? vpc.isolatedSubnets : vpc.privateSubnets;
    } else {
      this.vpc = this.givenVpc(props.given);
      this.edgeSubnets = this.vpc.publicSubnets;
      this.functionSubnets = subnetsOf(this, 'Function', props.given.functionSubnetIds);
      Annotations.of(this).acknowledgeWarning(
        '@aws-cdk/aws-ec2:noSubnetRouteTableId',
        'Nothing is added to the routes of a VPC that is not ours.',
      );
    }
    // An MX may not lead to an alias (RFC 5321 section 5.1), and no DNS but Route 53 has records that follow a balancer: so its addresses are ours.
    this.edgeAddresses = this.edgeSubnets.map((_, at) => elasticIp(`EdgeAddress${at + 1}`));
  }

  private ownVpc({ maxAzs = 2, ipv6 = false }: NetworkProps, address: CfnEIP | undefined): Vpc {
    const vpc = new Vpc(this, 'Vpc', {
      ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
      ipProtocol: ipv6 ? IpProtocol.DUAL_STACK : IpProtocol.IPV4_ONLY,
      maxAzs,
      natGateways: address === undefined ? 0 : 1, // one address is one name in DNS and one reputation; while its zone is away, mail waits in the spool
      ...(address === undefined ? {} : { natGatewayProvider: NatProvider.gateway({ eipAllocationIds: [address.attrAllocationId] }) }),
      subnetConfiguration: [
        { name: 'edge', subnetType: SubnetType.PUBLIC, cidrMask: 20, mapPublicIpOnLaunch: false }, // tasks ask for theirs by themselves
        {
          name: 'functions',
          subnetType: address === undefined ? SubnetType.PRIVATE_ISOLATED : SubnetType.PRIVATE_WITH_EGRESS,
          cidrMask: 20,
        },
      ],
      gatewayEndpoints: {
        DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB },
        S3: { service: GatewayVpcEndpointAwsService.S3 },
      },
      // Emptying the group that AWS makes with each VPC takes a function of CDK's own with rights on groups. Nothing of ours is in that group.
      restrictDefaultSecurityGroup: false,
    });
    Validations.of(vpc).acknowledge({
      id: 'AwsSolutions-VPC7',
      reason:
        'Listeners write an event with the address of each client they admit or refuse; flow logs would say the same again for $0.50 a GB.',
    });
    return vpc;
  }

  private givenVpc({ vpcId, availabilityZones, publicSubnetIds }: GivenVpc): IVpc {
    return Vpc.fromVpcAttributes(this, 'Vpc', {
      vpcId,
      availabilityZones: [...availabilityZones],
      publicSubnetIds: [...publicSubnetIds],
    });
  }
}

const subnetsOf = (scope: Construct, name: string, ids: readonly string[]): readonly ISubnet[] =>
  ids.map((id, at) => Subnet.fromSubnetId(scope, `${name}${at + 1}`, id));
