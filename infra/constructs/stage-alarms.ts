import { ArnFormat, Stack } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { type AlarmKind, alarmKinds, type Watched } from '../watch/alarms.ts';

export interface StageAlarmsProps {
  readonly watched: Watched;
  /** Where it is told what to do, before the `#` and the kind of alarm. */
  readonly runbook: string;
  /** Told of each alarm. It has to be confirmed by a click. @default - nobody; subscribe to the topic */
  readonly email?: string;
}

const comparison = {
  'at-least': ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
  below: ComparisonOperator.LESS_THAN_THRESHOLD,
  'at-most': ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
} as const;

/** An alarm for each kind of trouble and each of what it may befall, and the topic that tells of them and of their end. */
export class StageAlarms extends Construct {
  readonly topic: Topic;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: StageAlarmsProps) {
    super(scope, id);
    // Without a key: CloudWatch can't send under the one that AWS has for SNS, and one of our own costs more than all alarms. No mail is in it.
    this.topic = new Topic(this, 'Topic', {
      topicName: `mailweir-${props.watched.stage}-alarms`,
      displayName: `Mailweir ${props.watched.stage}`,
      enforceSSL: true,
    });
    this.letAlarmsPublish();
    if (props.email !== undefined) this.topic.addSubscription(new EmailSubscription(props.email));
    this.alarms = Object.entries<AlarmKind>(alarmKinds).flatMap(([kind, plan]) => this.alarmsOf(kind, plan, props));
  }

  /** The policy that demands TLS takes the place of the one that AWS gives a topic, by which the account's own alarms might publish. */
  private letAlarmsPublish(): void {
    const alarms = Stack.of(this).formatArn({
      service: 'cloudwatch',
      resource: 'alarm',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account }, ArnLike: { 'aws:SourceArn': alarms } },
      }),
    );
  }

  private alarmsOf(kind: string, plan: AlarmKind, { watched, runbook }: StageAlarmsProps): readonly Alarm[] {
    const [many, of] = plan.periods ?? [1, 1];
    const action = new SnsAction(this.topic);
    return Object.entries(plan.of(watched)).map(([what, metric]) => {
      const name = what === '' ? kind : `${kind}-${what}`;
      const alarm = new Alarm(this, name, {
        alarmName: `mailweir-${watched.stage}-${name}`,
        alarmDescription: `${plan.meaning} ${runbook}#${kind}`,
        metric,
        threshold: plan.threshold,
        comparisonOperator: comparison[plan.when ?? 'at-least'],
        evaluationPeriods: of,
        datapointsToAlarm: many,
        treatMissingData: plan.missing ?? TreatMissingData.NOT_BREACHING,
      });
      alarm.addAlarmAction(action);
      alarm.addOkAction(action);
      return alarm;
    });
  }
}
