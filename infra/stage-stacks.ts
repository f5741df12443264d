import { Annotations, type App, Validations } from 'aws-cdk-lib';
import { bundledStage, type StageCode } from './bundle/stage-code.ts';
import type { StageContext } from './context.ts';
import { SecurityChecks } from './security-checks.ts';
import { DataStack } from './stacks/data-stack.ts';
import { DeliveryStack } from './stacks/delivery-stack.ts';
import { EdgeStack } from './stacks/edge-stack.ts';
import { NetworkStack } from './stacks/network-stack.ts';
import { SettingsStack } from './stacks/settings-stack.ts';
import { WatchStack } from './stacks/watch-stack.ts';

/**
 * All stacks of a stage. Without account and Region in its `env` a stack needs no look-up: it is synthesised anywhere, and deployed to where the
 * CLI's credentials point.
 */
export function makeStage(app: App, context: StageContext, code: StageCode = bundledStage()): void {
  const { stage, hostname, keepData, vpc, maxAzs, route, ipv6 } = context;
  const named = (part: string): string => `mailweir-${stage}-${part}`;
  const data = new DataStack(app, named('data'), { stage, keepData });
  const network = new NetworkStack(app, named('network'), {
    stage,
    ...(vpc === undefined ? {} : { given: vpc }),
    maxAzs,
    route,
    ipv6,
    keepAddresses: keepData,
  });
  new SettingsStack(app, named('settings'), { context, code: code.functions });
  const delivery = new DeliveryStack(app, named('delivery'), { context, data, network, code: code.functions });
  const edge = new EdgeStack(app, named('edge'), { context, data, network, queues: delivery.queues, image: code.image });
  new WatchStack(app, named('watch'), { context, data, delivery, edge });
  if (isExample(hostname)) {
    Annotations.of(edge).addWarningV2('mailweir:hostname', `${hostname} is an example: deploy with -c hostname=<the name of your edge>`);
  }
  Validations.of(app).addPlugins(new SecurityChecks(app));
}

/** Names of RFC 2606 section 3, which are nobody's. */
const isExample = (hostname: string): boolean => /(^|\.)example\.(com|net|org)$/.test(hostname);
