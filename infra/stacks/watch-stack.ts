import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Dashboard } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { Edge } from '../constructs/edge.ts';
import { StageAlarms } from '../constructs/stage-alarms.ts';
import { TopRefused } from '../constructs/top-refused.ts';
import type { StageContext } from '../context.ts';
import type { Watched } from '../watch/alarms.ts';
import { widgetRows } from '../watch/widgets.ts';
import type { DataStack } from './data-stack.ts';
import type { DeliveryStack } from './delivery-stack.ts';
import type { EdgeStack } from './edge-stack.ts';

export interface WatchStackProps {
  readonly context: Pick<StageContext, 'stage' | 'alarmEmail' | 'runbook'>;
  readonly data: DataStack;
  readonly delivery: DeliveryStack;
  readonly edge: EdgeStack;
}

/** What tells people how the stage is: a dashboard, alarms, and which addresses are turned away most. Nothing depends on it. */
export class WatchStack extends Stack {
  readonly alarms: StageAlarms;

  constructor(scope: Construct, id: string, { context, data, delivery, edge }: WatchStackProps) {
    const { stage, alarmEmail, runbook } = context;
    super(scope, id, { description: `Mailweir ${stage}: dashboard and alarms` });
    const edges: Readonly<Record<string, Edge>> = { IPv4: edge.edge, ...(edge.edge6 === undefined ? {} : { IPv6: edge.edge6 }) };
    const watched = watchedOf(stage, { data, delivery, edges });
    this.alarms = new StageAlarms(this, 'Alarms', { watched, runbook, ...(alarmEmail === undefined ? {} : { email: alarmEmail }) });
    const refused = new TopRefused(this, 'TopRefused', {
      stage,
      logGroups: Object.values(edges).flatMap(({ services }) => Object.values(services).map(({ logGroup }) => logGroup)),
    });
    new Dashboard(this, 'Dashboard', {
      dashboardName: `mailweir-${stage}`,
      widgets: widgetRows({
        watched,
        queues: { ...delivery.queues },
        balancers: Object.fromEntries(Object.entries(edges).map(([name, { balancer }]) => [name, balancer.balancer])),
        alarms: this.alarms.alarms,
        refusedRule: refused.ruleName,
        runbook,
      }).map((row) => [...row]),
    });
    new CfnOutput(this, 'AlarmTopic', { value: this.alarms.topic.topicArn, description: 'Subscribe here whoever is to hear of alarms' });
  }
}

interface Places {
  readonly data: DataStack;
  readonly delivery: DeliveryStack;
  readonly edges: Readonly<Record<string, Edge>>;
}

function watchedOf(stage: Watched['stage'], { data, delivery, edges }: Places): Watched {
  const { slots, spool, mail, addresses, failures, collect } = data;
  const targets = Object.entries(edges).flatMap(([kind, one]) =>
    Object.entries(one.targets).map(([name, group]) => [kind === 'IPv4' ? name : `${name}-${kind.toLowerCase()}`, group] as const),
  );
  return {
    stage,
    functions: Object.fromEntries(Object.entries(delivery.functions).map(([name, { lambda }]) => [name, lambda])),
    deadLetters: Object.fromEntries(Object.entries(delivery.wakeUps).map(([name, { deadLetters }]) => [name, deadLetters])),
    tables: Object.fromEntries(
      Object.entries({ slots, spool, mail, addresses, failures, collect }).map(([name, { table }]) => [name, table]),
    ),
    targets: Object.fromEntries(targets),
  };
}
