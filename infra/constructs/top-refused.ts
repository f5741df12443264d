import { Stack } from 'aws-cdk-lib';
import { CfnInsightRule } from 'aws-cdk-lib/aws-cloudwatch';
import type { ILogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { events } from '../../core/observe/events.ts';
import type { Refused } from '../../core/observe/refused.ts';
import type { Stage } from '../stage.ts';

export interface TopRefusedProps {
  readonly stage: Stage;
  /** Of the listeners. */
  readonly logGroups: readonly ILogGroup[];
}

/** Of what listeners log, and what a test holds this to: see json-event-log.ts for the form of a line. */
const field = (name: 'event' | keyof Refused): string => `$.${name}`;
const told = ['refused', 'refused-again'] as const satisfies readonly (keyof typeof events)[];

/**
 * Which addresses are turned away most, counted from the log: as a dimension of a metric each of them would be paid by the month. An event stands for
 * the refusals of one client within ten seconds, so a flood from one address counts as often as its time has ten seconds.
 */
export class TopRefused extends Construct {
  readonly ruleName: string;

  constructor(scope: Construct, id: string, { stage, logGroups }: TopRefusedProps) {
    super(scope, id);
    this.ruleName = `mailweir-${stage}-refused-addresses`;
    new CfnInsightRule(this, 'Resource', {
      ruleName: this.ruleName,
      ruleState: 'ENABLED',
      ruleBody: this.body(logGroups.map(({ logGroupName }) => logGroupName)),
    });
  }

  /** JSON, in which names of log groups are known to CloudFormation alone. */
  private body(logGroupNames: readonly string[]): string {
    return Stack.of(this).toJsonString({
      Schema: { Name: 'CloudWatchLogRule', Version: 1 },
      LogFormat: 'JSON',
      LogGroupNames: logGroupNames,
      Contribution: { Keys: [field('network')], Filters: [{ Match: field('event'), In: told }] },
      AggregateOn: 'Count',
    });
  }
}
