import { Duration } from 'aws-cdk-lib';
import { CfnScalingPolicy } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { FargateService } from 'aws-cdk-lib/aws-ecs';
import type { NetworkTargetGroup } from 'aws-cdk-lib/aws-elasticloadbalancingv2';
import { Construct } from 'constructs';
import { metrics } from '../../core/observe/metrics.ts';
import { octetsPerSession, shareForSessions } from '../../core/settings/memory.ts';
import type { ServiceSize } from '../task-size.ts';

/** Sessions that a task with so many MiB bears, of all its protocols together. */
export const mostSessions = (mebibytes: number): number =>
  Math.floor((mebibytes * 1024 * 1024 * shareForSessions) / Math.max(...Object.values(octetsPerSession)));

export interface SlotScalingProps {
  readonly service: FargateService;
  /** Its healthy targets are the tasks that serve. */
  readonly targets: NetworkTargetGroup;
  readonly size: ServiceSize;
  /** Settings of the totals that sessions of the service count under: `imap/sessions`. */
  readonly limits: readonly string[];
  /** CloudWatch's, of the stage's metrics. */
  readonly namespace: string;
  /** Percent of the sessions it bears that a task has, on average. @default 60: a task that is lost leaves its sessions to the others */
  readonly aim?: number;
}

/** Slow to leave: a task that goes takes its sessions through a drain. */
const pace = { scaleOut: Duration.minutes(1), scaleIn: Duration.minutes(15) };

/**
 * How many tasks there are: by slots used per task, and by CPU; the one that wants more decides. Followed is a number that falls when tasks come.
 * Used slots of a limit do not: a limit is of all tasks, so a policy that follows it never comes to rest.
 */
export class SlotScaling extends Construct {
  constructor(scope: Construct, id: string, props: SlotScalingProps) {
    super(scope, id);
    const { service, size } = props;
    const scaling = service.autoScaleTaskCount({ minCapacity: size.minTasks, maxCapacity: size.maxTasks });
    scaling.scaleOnCpuUtilization('Cpu', { targetUtilizationPercent: 60, scaleOutCooldown: pace.scaleOut, scaleInCooldown: pace.scaleIn });
    // By hand: CDK's construct for policies that follow a metric takes no expression.
    const policy = new CfnScalingPolicy(this, 'Slots', {
      policyName: 'slots',
      policyType: 'TargetTrackingScaling',
      serviceNamespace: 'ecs',
      scalableDimension: 'ecs:service:DesiredCount',
      resourceId: `service/${service.cluster.clusterName}/${service.serviceName}`,
      targetTrackingScalingPolicyConfiguration: {
        targetValue: props.aim ?? 60,
        scaleOutCooldown: pace.scaleOut.toSeconds(),
        scaleInCooldown: pace.scaleIn.toSeconds(),
        customizedMetricSpecification: { metrics: usedOfTasks(props) },
      },
    });
    policy.node.addDependency(scaling);
  }
}

/** Percent of the sessions that the tasks which serve bear. Without a task that serves there is no number, and nothing is scaled. */
function usedOfTasks({ targets, limits, size, namespace }: SlotScalingProps): CfnScalingPolicy.TargetTrackingMetricDataQueryProperty[] {
  const used = limits.map((limit, at) => query(`used${at + 1}`, namespace, metrics.slotsUsed.name, { limit }, metrics.slotsUsed.statistic));
  const { firstLoadBalancerFullName, targetGroupFullName } = targets;
  const serving = { LoadBalancer: firstLoadBalancerFullName, TargetGroup: targetGroupFullName };
  // No session for a minute is no line about it: FILL makes it a zero.
  const sum = used.map(({ id }) => `FILL(${id}, 0)`).join(' + ');
  return [
    ...used,
    query('tasks', 'AWS/NetworkELB', 'HealthyHostCount', serving, 'Maximum'), // each zone's balancer tells it of all zones
    { id: 'percent', expression: `100 * (${sum}) / (tasks * ${mostSessions(size.memory)})`, label: 'sessions of those that tasks bear' },
  ].map((one) => ({ ...one, returnData: one.id === 'percent' }));
}

function query(
  id: string,
  namespace: string,
  metricName: string,
  dimensions: Readonly<Record<string, string>>,
  stat: string,
): CfnScalingPolicy.TargetTrackingMetricDataQueryProperty {
  const named = Object.entries(dimensions).map(([name, value]) => ({ name, value }));
  return { id, metricStat: { metric: { namespace, metricName, dimensions: named }, stat } };
}
