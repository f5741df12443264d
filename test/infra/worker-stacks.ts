import { Code } from 'aws-cdk-lib/aws-lambda';
import type { CodeOf } from '../../infra/bundle/worker-code.ts';
import { parseContext, type StageContext } from '../../infra/context.ts';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { DeliveryStack } from '../../infra/stacks/delivery-stack.ts';
import { NetworkStack } from '../../infra/stacks/network-stack.ts';
import { appOf } from './stage-app.ts';

/** Stands for what the bundler makes of a function: templates are asserted here, and that takes no bundle. */
export const codeInName: CodeOf = (name) => Code.fromInline(`// ${name}`);

export interface WorkerStacks {
  readonly context: StageContext;
  readonly data: DataStack;
  readonly network: NetworkStack;
  readonly delivery: DeliveryStack;
}

/** Delivery over real stacks of data and network. */
export function workerStacks(given: Readonly<Record<string, unknown>> = {}): WorkerStacks {
  const app = appOf(given);
  const context = parseContext(app.node);
  const { stage, keepData, route } = context;
  const data = new DataStack(app, `mailweir-${stage}-data`, { stage, keepData });
  const network = new NetworkStack(app, `mailweir-${stage}-network`, { stage, route });
  const delivery = new DeliveryStack(app, `mailweir-${stage}-delivery`, { context, data, network, code: codeInName });
  return { context, data, network, delivery };
}
