import { createHash } from 'node:crypto';
import { ArnFormat, CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, type Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { declaredParameters } from '../../core/settings/declared-parameters.ts';
import { settingsPath } from '../../platform/aws/stage-names.ts';
import type { CodeOf } from '../bundle/worker-code.ts';
import type { Stage } from '../stage.ts';
import { declareFunction } from '../workers.ts';
import { explainWildcard } from './wildcards.ts';
import { WorkerFunction } from './worker-function.ts';

export interface SettingParametersProps {
  readonly stage: Stage;
  readonly code: CodeOf;
  /** What goes with the stack. @default unset: what operators have set stays, for a stage that is made again */
  readonly remove?: 'all' | 'unset';
}

/**
 * A parameter for each setting, made with the word `default`. By a function of ours and not as resources of CloudFormation: to change a description
 * it writes the value of the template along with it, over what an operator has set.
 */
export class SettingParameters extends Construct {
  readonly worker: WorkerFunction;

  constructor(scope: Construct, id: string, { stage, code, remove = 'unset' }: SettingParametersProps) {
    super(scope, id);
    this.worker = new WorkerFunction(this, 'Function', {
      stage,
      name: declareFunction,
      description: `Mailweir ${stage}: makes a parameter for each setting, at a deploy`,
      code,
      memory: 256,
      timeout: Duration.minutes(5), // some hundred requests, of which Parameter Store takes some dozens a second from an account
      environment: {},
    });
    this.grantDeclare(this.worker.role, stage);
    const resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::MailweirSettings',
      serviceToken: this.worker.lambda.functionArn,
      serviceTimeout: Duration.minutes(10),
      // The digest is what tells CloudFormation that there is something to do.
      properties: { stage, remove, declared: digest(JSON.stringify(declaredParameters)) },
    });
    resource.node.addDependency(this.worker); // its rights must be there before the first run, and until after the last
  }

  private grantDeclare(role: Role, stage: Stage): void {
    const path = settingsPath(stage);
    const arn = (resourceName: string): string =>
      Stack.of(this).formatArn({ service: 'ssm', resource: 'parameter', resourceName, arnFormat: ArnFormat.SLASH_RESOURCE_NAME });
    explainWildcard(role, `${path}*`, 'A parameter for each setting of the stage, which come and go with the catalogue.');
    explainWildcard(
      role,
      '*',
      'ssm:DescribeParameters lists all or nothing: AWS knows no resource for it. It shows descriptions, and no values.',
    );
    const actions = ['GetParametersByPath', 'GetParameterHistory', 'PutParameter', 'DeleteParameters'].map((action) => `ssm:${action}`);
    role.addToPolicy(new PolicyStatement({ actions, resources: [arn(path.slice(1, -1)), arn(`${path.slice(1)}*`)] }));
    role.addToPolicy(new PolicyStatement({ actions: ['ssm:DescribeParameters'], resources: ['*'] }));
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);
