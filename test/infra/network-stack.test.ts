import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { NetworkStack, type NetworkStackProps } from '../../infra/stacks/network-stack.ts';
import { parseStage } from '../../infra/stage.ts';
import { edgePorts, healthPort, talkPort } from '../../platform/aws/edge-ports.ts';
import { appOf, oneOf, resources } from './stage-app.ts';

const networkStack = (props: Partial<NetworkStackProps> = {}): NetworkStack =>
  new NetworkStack(appOf(), 'mailweir-test-network', { stage: parseStage('test'), ...props });

const plainStack = networkStack();
const plain = Template.fromStack(plainStack);
const directStack = networkStack({ route: 'direct' });
const direct = Template.fromStack(directStack);

/** Subnets of the group that CDK names so. */
const subnets = (template: Template, group: string) =>
  Object.entries(resources(template, 'AWS::EC2::Subnet')).filter(([id]) => id.includes(group));

describe('the VPC of a stage', () => {
  it('spans two zones, so that one may fail', () => {
    assert.equal(subnets(plain, 'edge').length, 2);
    assert.equal(subnets(plain, 'functions').length, 2);
  });

  it('spans as many zones as are asked for, though no Region is known yet', () => {
    assert.equal(subnets(Template.fromStack(networkStack({ maxAzs: 3 })), 'edge').length, 3);
  });

  it('has no NAT gateway, which would cost more than all else of a small stage: tasks have addresses of their own', () => {
    plain.resourceCountIs('AWS::EC2::NatGateway', 0);
  });

  it('reaches DynamoDB and S3 from every subnet by gateway endpoints, which cost nothing', () => {
    const endpoints = Object.values(resources(plain, 'AWS::EC2::VPCEndpoint'));
    const tables = Object.keys(resources(plain, 'AWS::EC2::RouteTable'));
    assert.equal(endpoints.length, 2);
    for (const { Properties: endpoint } of endpoints) {
      assert.equal(endpoint.VpcEndpointType, 'Gateway');
      assert.deepEqual(endpoint.RouteTableIds.map(({ Ref }: { readonly Ref: string }) => Ref).sort(), tables.sort());
    }
    assert.match(JSON.stringify(endpoints), /\.dynamodb.*\.s3/);
  });

  it('gives functions no way to the internet: they deliver into mailboxes, and need DynamoDB, S3 and the listeners', () => {
    const toInternet = Object.keys(resources(plain, 'AWS::EC2::Route'));
    assert.deepEqual(
      toInternet.filter((id) => id.includes('functions')),
      [],
    );
    assert.equal(toInternet.filter((id) => id.includes('edge')).length, 2);
  });

  it('gives nobody a public address unasked', () => {
    for (const { Properties: subnet } of Object.values(resources(plain, 'AWS::EC2::Subnet')))
      assert.equal(subnet.MapPublicIpOnLaunch, false);
  });

  it('makes no function of CDK’s own to empty the group of AWS, in which nothing of ours is', () => {
    plain.resourceCountIs('AWS::Lambda::Function', 0);
    plain.resourceCountIs('Custom::VpcRestrictDefaultSG', 0);
  });

  it('keeps the Elastic IPs of its edge when it goes, which stand in DNS as A records; not when it never came to stand: an account has five', () => {
    plain.resourceCountIs('AWS::EC2::EIP', 2);
    plain.allResources('AWS::EC2::EIP', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const gone = Template.fromStack(networkStack({ keepAddresses: false }));
    gone.allResources('AWS::EC2::EIP', { DeletionPolicy: 'Delete' });
  });
});

describe('the VPC of a stage whose mail leaves directly', () => {
  it('has one NAT gateway with an Elastic IP that stays: the address has a name in DNS and a reputation', () => {
    direct.resourceCountIs('AWS::EC2::NatGateway', 1);
    const address = oneOf(direct, 'AWS::EC2::EIP', 'NetworkOutboundAddress');
    const { AllocationId } = oneOf(direct, 'AWS::EC2::NatGateway', 'Network').Properties;
    assert.match(JSON.stringify(AllocationId), /NetworkOutboundAddress.*AllocationId/);
    assert.equal((address as { readonly DeletionPolicy?: string }).DeletionPolicy, 'RetainExceptOnCreate');
  });

  it('sends what functions send through it, from the same subnets as before', () => {
    const routes = Object.entries(resources(direct, 'AWS::EC2::Route')).filter(([id]) => id.includes('functions'));
    assert.equal(routes.length, 2);
    for (const [, { Properties: route }] of routes) assert.deepEqual(Object.keys(route.NatGatewayId), ['Ref']);
    assert.deepEqual(
      subnets(direct, 'functions').map(([id]) => id),
      subnets(plain, 'functions').map(([id]) => id),
    );
  });

  it('says at the deploy that AWS blocks port 25 until it is asked not to', () => {
    Annotations.fromStack(directStack).hasWarning('/mailweir-test-network', Match.stringLikeRegexp('AWS blocks connections to port 25'));
    Annotations.fromStack(plainStack).hasNoWarning('*', Match.anyValue());
  });

  it('lets outbound sessions connect to any port anywhere, and to no listener', () => {
    const egress = oneOf(direct, 'AWS::EC2::SecurityGroup', 'GroupsOutbound').Properties.SecurityGroupEgress;
    assert.deepEqual(
      egress.map(({ CidrIp, FromPort, ToPort }: Record<string, unknown>) => [CidrIp, FromPort, ToPort]),
      [['0.0.0.0/0', 0, 65_535]],
    );
    const talkers = rules(direct, 'Ingress').filter(({ port }) => port === talkPort);
    assert.deepEqual(talkers.map(({ from }) => from).sort(), ['GroupsFunctions', 'GroupsTasks']);
  });
});

interface Rule {
  readonly to: string;
  readonly from: string;
  readonly port: number;
}

/** Rules between groups. */
function rules(template: Template, kind: 'Ingress' | 'Egress'): readonly Rule[] {
  const group = (reference: unknown) => /Groups[A-Z][a-z]+/.exec(JSON.stringify(reference))?.[0] ?? '?';
  return Object.values(resources(template, `AWS::EC2::SecurityGroup${kind}`)).map(({ Properties: rule }) => {
    assert.equal(rule.FromPort, rule.ToPort);
    assert.equal(rule.IpProtocol, 'tcp');
    const [self, other] = [group(rule.GroupId), group(rule.SourceSecurityGroupId ?? rule.DestinationSecurityGroupId)];
    return kind === 'Ingress' ? { to: self, from: other, port: rule.FromPort } : { to: other, from: self, port: rule.FromPort };
  });
}

const byPort = (one: Rule, other: Rule): number => one.port - other.port || one.from.localeCompare(other.from);

describe('who may talk to whom', () => {
  const containers = Object.values(edgePorts).map(({ container }) => container);
  const wanted = [
    ...[...containers, healthPort].map((port) => ({ to: 'GroupsTasks', from: 'GroupsBalancer', port })),
    { to: 'GroupsTasks', from: 'GroupsTasks', port: talkPort },
    { to: 'GroupsTasks', from: 'GroupsFunctions', port: talkPort },
  ].sort(byPort);

  it('lets the balancer in to each port of a task and to its health port, since a balancer with a group opens nothing by itself', () => {
    assert.deepEqual([...rules(plain, 'Ingress')].sort(byPort), wanted);
  });

  it('lets tasks and the functions of the VPC, and nobody else, in where tasks are talked to', () => {
    const talkers = rules(plain, 'Ingress').filter(({ port }) => port === talkPort);
    assert.deepEqual(talkers.map(({ from }) => from).sort(), ['GroupsFunctions', 'GroupsTasks']);
  });

  it('lets each side out where the other lets it in', () => {
    assert.deepEqual([...rules(plain, 'Egress')].sort(byPort), wanted);
  });

  const ingressOf = (template: Template, group: string): readonly Record<string, unknown>[] =>
    oneOf(template, 'AWS::EC2::SecurityGroup', group).Properties.SecurityGroupIngress ?? [];
  const egressOf = (template: Template, group: string): readonly Record<string, unknown>[] =>
    oneOf(template, 'AWS::EC2::SecurityGroup', group).Properties.SecurityGroupEgress ?? [];

  it('lets the world in at the seven ports of the balancer, over IPv4', () => {
    const open = ingressOf(plain, 'GroupsBalancer').map(({ CidrIp, CidrIpv6, FromPort, ToPort }) => [CidrIp, CidrIpv6, FromPort, ToPort]);
    const outside = Object.values(edgePorts).map(({ outside: port }) => ['0.0.0.0/0', undefined, port, port]);
    assert.deepEqual(open, outside);
  });

  it('lets nobody in from outside of the VPC to tasks and functions, though tasks have public addresses', () => {
    for (const group of ['GroupsTasks', 'GroupsFunctions']) assert.deepEqual(ingressOf(plain, group), []);
  });

  it('lets tasks and functions out by TLS alone', () => {
    for (const group of ['GroupsTasks', 'GroupsFunctions']) {
      assert.deepEqual(
        egressOf(plain, group).map(({ CidrIp, FromPort, ToPort }) => [CidrIp, FromPort, ToPort]),
        [['0.0.0.0/0', 443, 443]],
      );
    }
  });
});

describe('the VPC of a stage with IPv6', () => {
  const both = Template.fromStack(networkStack({ ipv6: true }));

  it('has subnets of both kinds of addresses', () => {
    both.resourceCountIs('AWS::EC2::VPCCidrBlock', 1);
    for (const [, { Properties: subnet }] of subnets(both, 'edge')) {
      assert.ok(subnet.Ipv6CidrBlock);
      assert.equal(subnet.AssignIpv6AddressOnCreation, true);
    }
  });

  it('lets the world in over both', () => {
    const open = oneOf(both, 'AWS::EC2::SecurityGroup', 'GroupsBalancer').Properties.SecurityGroupIngress;
    assert.equal(open.filter(({ CidrIpv6 }: Record<string, unknown>) => CidrIpv6 === '::/0').length, Object.keys(edgePorts).length);
    assert.equal(open.length, 2 * Object.keys(edgePorts).length);
  });
});

describe('a VPC that stands already', () => {
  const given = {
    vpcId: 'vpc-0a1b2c3d',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    publicSubnetIds: ['subnet-0000000a', 'subnet-0000000b'],
    functionSubnetIds: ['subnet-0000000c', 'subnet-0000000d'],
  };
  const stack = networkStack({ given, route: 'direct' });
  const template = Template.fromStack(stack);

  it('gets groups and the addresses of the edge, and nothing else: its routes and gateways are its owner’s', () => {
    const types = Object.values(template.toJSON().Resources as Record<string, { readonly Type: string }>).map(({ Type }) => Type);
    assert.deepEqual(
      new Set(types),
      new Set(['AWS::EC2::EIP', ...['', 'Ingress', 'Egress'].map((kind) => `AWS::EC2::SecurityGroup${kind}`)]),
    );
    template.allResourcesProperties('AWS::EC2::SecurityGroup', { VpcId: 'vpc-0a1b2c3d' });
  });

  it('puts the edge and the functions into the subnets that are named', () => {
    const ids = (of: readonly { readonly subnetId: string }[]) => of.map(({ subnetId }) => subnetId);
    assert.deepEqual(ids(stack.edgeSubnets), given.publicSubnetIds);
    assert.deepEqual(ids(stack.functionsPlace.vpcSubnets.subnets), given.functionSubnetIds);
  });
});
