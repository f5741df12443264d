import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { functionHandler, nodeOptions } from '../bundle/bundle.ts';
import type { CodeOf } from '../bundle/worker-code.ts';
import type { FunctionsPlace } from '../stacks/network-stack.ts';
import type { Stage } from '../stage.ts';
import { explainWildcard } from './wildcards.ts';

export interface WorkerFunctionProps {
  readonly stage: Stage;
  /** Of its file in functions/; with the stage before it the function's name. */
  readonly name: string;
  readonly description: string;
  readonly code: CodeOf;
  /** MiB. */
  readonly memory: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** Of the VPC. @default - outside of it */
  readonly place?: FunctionsPlace;
  /** @default - a month */
  readonly logRetention?: RetentionDays;
}

/** Once failed, not tried again by Lambda: what the schedule starts is started again by the schedule. */
const asynchronous = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

/**
 * A function with a role and a log of its own. The role may write that log, and what it is granted; AWS's managed policies for functions would let
 * it make and write any log of the account.
 *
 * No concurrency is reserved: what bounds the work is slots, and the mapping of a queue. A reservation is taken from what the account may run at
 * all, which is 10 in a new account, of which none can be reserved.
 */
export class WorkerFunction extends Construct {
  readonly lambda: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  constructor(scope: Construct, id: string, props: WorkerFunctionProps) {
    super(scope, id);
    const { stage, name, place } = props;
    const functionName = `mailweir-${stage}-${name}`;
    this.logGroup = new LogGroup(this, 'Log', {
      logGroupName: `/mailweir/${stage}/${name}`,
      retention: props.logRetention ?? RetentionDays.ONE_MONTH,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.grantLog();
    if (place !== undefined) this.grantInterfaces(functionName);
    this.lambda = new LambdaFunction(this, 'Resource', {
      functionName,
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64, // a fifth cheaper
      handler: functionHandler,
      code: props.code(name),
      memorySize: props.memory,
      timeout: props.timeout,
      environment: { ...props.environment, NODE_OPTIONS: nodeOptions },
      role: this.role,
      logGroup: this.logGroup,
      ...asynchronous,
      ...place,
    });
  }

  private grantLog(): void {
    const resources = [this.logGroup.logGroupArn]; // ends with `:*`: its streams, of which each container makes one under a name of its own
    this.role.addToPolicy(new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources }));
  }

  /** Lambda makes and removes the network interfaces of a function in the name of its role. The second statement keeps that right from the code itself. */
  private grantInterfaces(functionName: string): void {
    const actions = interfaceActions.map((action) => `ec2:${action}`);
    explainWildcard(this.role, '*', 'A network interface has no name before it is made, and EC2 knows no resource for describing one.');
    this.role.addToPolicy(new PolicyStatement({ actions, resources: ['*'] }));
    const itself = Stack.of(this).formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: functionName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const conditions = { ArnEquals: { 'lambda:SourceFunctionArn': itself } };
    this.role.addToPolicy(new PolicyStatement({ effect: Effect.DENY, actions, resources: ['*'], conditions }));
  }
}

const interfaceActions = [
  'CreateNetworkInterface',
  'DescribeNetworkInterfaces',
  'DescribeSubnets',
  'DeleteNetworkInterface',
  'AssignPrivateIpAddresses',
  'UnassignPrivateIpAddresses',
] as const;
