import { App } from 'aws-cdk-lib';
import { parseContext } from './context.ts';
import { makeStage } from './stage-stacks.ts';

const app = new App();
makeStage(app, parseContext(app.node));
