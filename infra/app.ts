import { App } from 'aws-cdk-lib';
import { DataStack } from './stacks/data-stack.ts';
import { parseStage } from './stage.ts';

// Without account and Region in its `env` a stack needs no look-up, so that it synthesises anywhere and deploys to where the CLI's credentials point.
const app = new App();
const stage = parseStage(app.node.tryGetContext('stage'));

new DataStack(app, `mailweir-${stage}-data`, { stage });
