/** One price of AWS, in dollars, us-east-1, before taxes and free tiers. */
export interface Price {
  readonly dollars: number;
  /** For how much of what: `million write units`. */
  readonly per: string;
  /** Where it was read. */
  readonly source: string;
}

/** When all of these were looked up. A source that says *recalled* was not read again then: check it before you rely on it. */
export const pricesAsOf = '2026-11-22';

const price = (dollars: number, per: string, source: string): Price => ({ dollars, per, source });

const nlb = 'https://aws.amazon.com/elasticloadbalancing/pricing/';
const fargate = 'https://www.vantage.sh/blog/fargate-pricing (Linux on ARM)';
const dynamo = 'https://github.com/haya-inc/hayasend, scripts/aws-cost-model.mjs (on demand; checked against the Price List API)';
const s3 = 'https://aws.amazon.com/s3/pricing/ (Standard; requests recalled)';
const lambda = 'https://github.com/haya-inc/hayasend, scripts/aws-cost-model.mjs (arm64)';
const sqs = 'https://cloudburn.io/blog/amazon-sqs-pricing (standard queue with fair queues)';
const ses = 'https://aws.amazon.com/ses/pricing/';
const watch = 'https://c3x.dev/blog/aws-cloudwatch-metrics-cost/';
const transfer = 'https://aws.amazon.com/ec2/pricing/on-demand/ (recalled; the first 10 TB a month)';

/** The one table of prices. */
export const prices = {
  balancerHour: price(0.0225, 'hour of a Network Load Balancer', nlb),
  balancerUnitHour: price(0.006, 'NLCU-hour: 800 new connections/s, 100,000 open ones, or 1 GB an hour', nlb),
  addressHour: price(0.005, 'hour of a public IPv4 address', 'https://cloudburn.io/blog/aws-nat-gateway-pricing'),
  gatewayHour: price(0.045, 'hour of a NAT gateway', 'https://egresscost.com/nat-gateway'),
  gatewayGb: price(0.045, 'GB through a NAT gateway', 'https://egresscost.com/nat-gateway'),
  outGb: price(0.09, 'GB to the internet', transfer),
  zoneGb: price(0.02, 'GB between zones, both directions', transfer),
  cpuHour: price(0.03238, 'vCPU-hour of a task', fargate),
  memoryHour: price(0.00356, 'GB-hour of a task', fargate),
  writes: price(0.625, 'million write units', dynamo),
  reads: price(0.125, 'million read units', dynamo),
  tableGb: price(0.25, 'GB-month in tables', dynamo),
  recoveryGb: price(0.2, 'GB-month of point-in-time recovery', dynamo),
  objectGb: price(0.023, 'GB-month in the bucket', s3),
  objectPuts: price(5, 'million PUT, COPY and LIST requests', s3),
  objectGets: price(0.4, 'million GET requests', s3),
  queueRequests: price(0.5, 'million requests', sqs),
  invocations: price(0.2, 'million invocations', lambda),
  functionGbSeconds: price(13.3334, 'million GB-seconds', lambda),
  sent: price(160, 'million recipients sent to, plan Essentials', ses),
  received: price(100, 'million messages received', ses),
  receivedChunks: price(90, 'million pieces of 256 KB received', ses),
  ingressMonth: price(50, 'month of a Mail Manager ingress endpoint', 'https://github.com/haya-inc/hayasend, docs/aws-costs.md'),
  managed: price(150, 'million messages through Mail Manager', 'https://github.com/haya-inc/hayasend, docs/aws-costs.md'),
  managedChunks: price(90, 'million pieces of 256 KB through Mail Manager', 'https://github.com/haya-inc/hayasend, docs/aws-costs.md'),
  workMailUser: price(
    4,
    'month of a WorkMail user; the service ends on 31 March 2027',
    'https://erikevenson.github.io/architect/providers/aws/workmail',
  ),
  metricMonth: price(0.3, 'month of a metric', watch),
  alarmMonth: price(0.1, 'month of an alarm', watch),
  dashboardMonth: price(3, 'month of a dashboard', watch),
  logGb: price(0.5, 'GB of log', watch),
  secretMonth: price(0.4, 'month of a secret', 'https://aws.amazon.com/secrets-manager/pricing/ (recalled)'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

/** AWS's own month. */
export const hoursOfMonth = 730;
export const daysOfMonth = hoursOfMonth / 24;
export const secondsOfMonth = hoursOfMonth * 3600;
