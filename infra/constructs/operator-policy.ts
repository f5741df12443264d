import { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { askFunction, settingsPath, worldParameter } from '../../platform/aws/stage-names.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { Stage } from '../stage.ts';
import { explainWildcard } from './wildcards.ts';
import type { StageQueues } from './world-environment.ts';

export interface OperatorPolicyProps {
  readonly stage: Stage;
  readonly data: DataStack;
  readonly queues: StageQueues;
}

/** What `mailweir --stage NAME` does, as a policy to attach to whoever operates the stage. Nobody has it by the deploy. */
export class OperatorPolicy extends Construct {
  readonly policy: ManagedPolicy;

  constructor(scope: Construct, id: string, { stage, data, queues }: OperatorPolicyProps) {
    super(scope, id);
    this.policy = new ManagedPolicy(this, 'Resource', {
      managedPolicyName: `mailweir-${stage}-operator`,
      description: `Mailweir ${stage}: all that the command line does`,
    });
    data.slots.grantOperate(this.policy);
    data.failures.grantOperate(this.policy);
    data.spool.grantOperate(this.policy);
    data.collect.grantOperate(this.policy);
    data.mail.grantOperate(this.policy);
    data.addresses.grantOperate(this.policy);
    data.bodies.grantRelay(this.policy); // a report of a message that is given up begins like the message
    data.secrets.grantOperate(this.policy);
    for (const queue of Object.values(queues)) queue.grant(this.policy, 'sqs:SendMessage');
    this.policy.addStatements(...this.byName(stage));
  }

  /** What has its name from the stage's alone. */
  private byName(stage: Stage): readonly PolicyStatement[] {
    const stack = Stack.of(this);
    const arn = (service: string, resource: string): string => stack.formatArn({ service, resource });
    explainWildcard(this.policy, `${settingsPath(stage)}*`, 'A parameter for each setting, and Parameter Store lists them by their path.');
    return [
      new PolicyStatement({ actions: ['ssm:GetParameter'], resources: [arn('ssm', `parameter${worldParameter(stage)}`)] }),
      new PolicyStatement({
        actions: ['ssm:GetParametersByPath', 'ssm:PutParameter'],
        resources: [arn('ssm', `parameter${settingsPath(stage)}*`), arn('ssm', `parameter${settingsPath(stage).slice(0, -1)}`)],
      }),
      new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [arn('lambda', `function:${askFunction(stage)}`)] }),
    ];
  }
}
