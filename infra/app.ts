import { App } from 'aws-cdk-lib';
import { parseContext } from './context.ts';
import { DataStack } from './stacks/data-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';

// Without account and Region in its `env` a stack needs no look-up, so that it synthesises anywhere and deploys to where the CLI's credentials point.
const app = new App();
const context = parseContext(app.node);
const { stage, keepData } = context;

new DataStack(app, `mailweir-${stage}-data`, { stage, keepData });
new NetworkStack(app, `mailweir-${stage}-network`, {
  stage,
  ...(context.vpc === undefined ? {} : { given: context.vpc }),
  maxAzs: context.maxAzs,
  route: context.route,
  ipv6: context.ipv6,
  keepAddresses: keepData,
});
