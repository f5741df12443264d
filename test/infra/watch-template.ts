import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { EdgeStack } from '../../infra/stacks/edge-stack.ts';
import { WatchStack } from '../../infra/stacks/watch-stack.ts';
import { resources } from './stage-app.ts';
import { workerStacks } from './worker-stacks.ts';

function watchOf(given: Readonly<Record<string, unknown>> = {}): Template {
  const { context, data, network, delivery } = workerStacks(given);
  const image = ContainerImage.fromRegistry('image');
  const edge = new EdgeStack(delivery.node.root as App, 'mailweir-test-edge', { context, data, network, queues: delivery.queues, image });
  return Template.fromStack(new WatchStack(delivery.node.root as App, 'mailweir-test-watch', { context, data, delivery, edge }));
}

export const watch = watchOf({ alarmEmail: 'ops@mailweir.test', runbook: 'https://wiki.mailweir.test/runbook' });

export const quiet = watchOf({ ipv6: true });

export const alarms = (template = watch) =>
  Object.values(resources(template, 'AWS::CloudWatch::Alarm')).map(({ Properties }) => Properties);
