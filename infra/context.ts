import type { Node } from 'constructs';
import { type Given, hostname, listOf, oneOf, optional, text, whole, yesOrNo } from './context-values.ts';
import { parseStage, type Stage } from './stage.ts';
import { type ServiceSize, serviceSize } from './task-size.ts';

/** How mail for other domains leaves. `direct` alone changes what is built: an address of our own for outbound sessions. */
export const routes = ['ses', 'smarthost', 'direct'] as const;
export type Route = (typeof routes)[number];

/** A VPC that stands already, told whole, so that synthesis asks no account about it. */
export interface GivenVpc {
  readonly vpcId: string;
  readonly availabilityZones: readonly string[];
  /** With a route to an internet gateway: the balancer's and the tasks', one in each zone and in the zones' order. */
  readonly publicSubnetIds: readonly string[];
  /** Of functions, as above. They must reach DynamoDB and S3, and for the route `direct` all else. */
  readonly functionSubnetIds: readonly string[];
}

/** What a stage is built by, read from CDK's context alone: cdk.json or `-c name=value`. */
export interface StageContext {
  readonly stage: Stage;
  /** Of the edge, as other hosts know it: name of its certificate and of its DNS records. */
  readonly hostname: string;
  readonly route: Route;
  readonly ipv6: boolean;
  readonly vpc?: GivenVpc;
  readonly maxAzs: number;
  readonly smtp: ServiceSize;
  readonly mailbox: ServiceSize;
  readonly alarmEmail?: string;
  /** Whether tables, bucket and secrets stay when their stack is deleted, and refuse to be deleted by mistake. */
  readonly keepData: boolean;
  /** Where alarms point to, before the `#` and the alarm's name. */
  readonly runbook: string;
}

const form = { email: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, runbook: /^\S+$/ };

/** @throws naming the first value that is not allowed, and what is */
export function parseContext(node: Node): StageContext {
  const given: Given = (name) => node.tryGetContext(name);
  const alarmEmail = optional(given('alarmEmail'), (value) => text('alarmEmail', value, form.email, 'an address, as in ops@example.org'));
  const vpc = optional(given('vpcId'), (id) => givenVpc(id, given));
  return {
    stage: parseStage(given('stage')),
    hostname: hostname('hostname', given('hostname')),
    route: oneOf('route', given('route') ?? 'ses', routes),
    ipv6: yesOrNo('ipv6', given('ipv6') ?? false),
    ...(vpc === undefined ? {} : { vpc }),
    maxAzs: whole('maxAzs', given('maxAzs') ?? 2, [1, 6]),
    smtp: serviceSize('smtp', given),
    mailbox: serviceSize('mailbox', given),
    ...(alarmEmail === undefined ? {} : { alarmEmail }),
    keepData: yesOrNo('keepData', given('keepData') ?? true),
    runbook: text(
      'runbook',
      given('runbook') ?? 'docs/runbook.md',
      form.runbook,
      'a place without spaces, as in https://wiki.example.org/mail',
    ),
  };
}

function givenVpc(id: unknown, given: Given): GivenVpc {
  const zones = listOf(
    'vpcAvailabilityZones',
    given('vpcAvailabilityZones'),
    /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/,
    'as in eu-west-1a,eu-west-1b',
  );
  const subnets = (name: string): readonly string[] => {
    const ids = listOf(name, given(name), /^subnet-[0-9a-f]{8,17}$/, 'as in subnet-0a1b2c3d,subnet-4e5f6a7b');
    if (ids.length === zones.length) return ids;
    throw new Error(`${name}: give one subnet for each of vpcAvailabilityZones, ${zones.length}, in their order`);
  };
  return {
    vpcId: text('vpcId', id, /^vpc-[0-9a-f]{8,17}$/, 'the id of a VPC, as in vpc-0a1b2c3d'),
    availabilityZones: zones,
    publicSubnetIds: subnets('vpcPublicSubnets'),
    functionSubnetIds: subnets('vpcFunctionSubnets'),
  };
}
