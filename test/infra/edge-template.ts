import assert from 'node:assert/strict';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { parseContext } from '../../infra/context.ts';
import { DataStack } from '../../infra/stacks/data-stack.ts';
import { EdgeStack } from '../../infra/stacks/edge-stack.ts';
import { NetworkStack } from '../../infra/stacks/network-stack.ts';
import type { ServiceName } from '../../platform/aws/edge-ports.ts';
import { appOf, oneOf } from './stage-app.ts';

/** The edge over real stacks of data and network, and queues of nobody. */
export function edgeOf(given: Readonly<Record<string, unknown>> = {}): EdgeStack {
  const app = appOf(given);
  const context = parseContext(app.node);
  const { stage, keepData, route, ipv6 } = context;
  const data = new DataStack(app, 'mailweir-test-data', { stage, keepData });
  const network = new NetworkStack(app, 'mailweir-test-network', { stage, route, ipv6 });
  const elsewhere = new Stack(app, 'elsewhere');
  const queue = (name: string) => new Queue(elsewhere, name);
  const queues = { outbound: queue('outbound'), local: queue('local'), collect: queue('collect') };
  const image = ContainerImage.fromRegistry('image');
  return new EdgeStack(app, 'mailweir-test-edge', { context, data, network, queues, image });
}

/** Of large tasks, of both kinds of addresses, which sends by itself and keeps no data. */
export const largeEdge = (): EdgeStack =>
  edgeOf({
    smtpCpu: 8192,
    smtpMemory: 61_440,
    mailboxCpu: 8192,
    mailboxMemory: 61_440,
    ipv6: true,
    route: 'direct',
    keepData: false,
  });

/** Of a stage as it is by default. */
export const edge = Template.fromStack(edgeOf());

export const serviceNames: readonly ServiceName[] = ['smtp', 'mailbox'];

export const serviceOf = (name: ServiceName) => oneOf(edge, 'AWS::ECS::Service', `Edge${name}Service`).Properties;

export const taskOf = (name: ServiceName, template = edge) => oneOf(template, 'AWS::ECS::TaskDefinition', `Edge${name}Task`).Properties;

export const containerOf = (name: ServiceName, template = edge) => {
  const [container, ...more] = taskOf(name, template).ContainerDefinitions;
  assert.deepEqual(more, []);
  return container;
};

export const variable = (container: { readonly Environment: readonly { readonly Name: string; readonly Value: string }[] }, name: string) =>
  container.Environment.find(({ Name }) => Name === name)?.Value;

type Attribute = { readonly Key: string; readonly Value: string };

export const attributes = (list: readonly Attribute[]) => Object.fromEntries(list.map(({ Key, Value }) => [Key, Value]));
