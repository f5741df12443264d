import { Stack } from 'aws-cdk-lib';
import { StringParameter } from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import { worldParameter } from '../../platform/aws/stage-names.ts';
import type { Stage } from '../stage.ts';

export interface WorldParameterProps {
  readonly stage: Stage;
  readonly variables: Readonly<Record<string, string>>;
}

/** By which the command line finds what is a stage's, given nothing but its name. */
export class WorldParameter extends Construct {
  readonly parameter: StringParameter;

  constructor(scope: Construct, id: string, { stage, variables }: WorldParameterProps) {
    super(scope, id);
    this.parameter = new StringParameter(this, 'Resource', {
      parameterName: worldParameter(stage),
      description: `Mailweir ${stage}: the variables that its tasks have in their environment`,
      stringValue: Stack.of(this).toJsonString(variables),
    });
  }
}
