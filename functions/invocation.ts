import { connectMetrics } from '../core/delivery/connect-meter.ts';
import { deliveryCounts } from '../core/observe/delivery-counts.ts';
import { metrics } from '../core/observe/metrics.ts';
import { outboundCounts } from '../core/observe/outbound-counts.ts';
import { openWorkerWorld, type WorkerWorld } from '../platform/aws/worker-world.ts';
import { worldNames } from '../platform/aws/world-names.ts';
import { endpointOf, type InvocationContext, log, meter } from './invocation-log.ts';
import { type OnWorld, onWorld } from './on-world.ts';

export type { InvocationContext } from './invocation-log.ts';

const counting = {
  outboundCounts: outboundCounts(meter),
  connectMeter: connectMetrics(meter),
  counts: deliveryCounts(meter),
  meter: {
    collected: (messages: number) => meter.counter(metrics.messagesCollected, {}).add(messages),
    runFailed: () => meter.counter(metrics.collectRunsFailed, {}).add(1),
  },
};

/** Opened once per container, at its first invocation: what is missing in the environment fails it by name. */
let opened: WorkerWorld | undefined;

const open = (): WorkerWorld => {
  opened ??= openWorkerWorld({ names: worldNames(process.env), log, ...endpointOf(process.env) });
  return opened;
};

/**
 * Runs one invocation on the container's world without mailboxes, with the settings as they are now. What it counted goes to the log at its end.
 * @param work its deadline is by the monotonic clock, ms: when the invocation is cut off
 */
export const invoked = <T>(context: InvocationContext, work: (world: InvocationWorld, deadline: number) => Promise<T>): Promise<T> =>
  onWorld(open, context, (world, deadline) => work({ ...world, ...counting }, deadline));

export type InvocationWorld = OnWorld<WorkerWorld> & typeof counting;
