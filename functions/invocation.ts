import { connectMetrics } from '../core/delivery/connect-meter.ts';
import { deliveryCounts } from '../core/observe/delivery-counts.ts';
import { jsonEventLog } from '../core/observe/json-event-log.ts';
import { Meter } from '../core/observe/meter.ts';
import { metrics } from '../core/observe/metrics.ts';
import { outboundCounts } from '../core/observe/outbound-counts.ts';
import { liveSettings } from '../core/settings/resolve.ts';
import type { Place } from '../core/settings/setting.ts';
import { openWorkerWorld, type WorkerWorld } from '../platform/aws/worker-world.ts';
import { worldNames } from '../platform/aws/world-names.ts';
import { systemClock } from '../platform/node/clock.ts';

/** What Lambda tells of an invocation. */
export interface InvocationContext {
  /** ms until it is cut off. */
  getRemainingTimeInMillis(): number;
}

const write = (line: string): void => void process.stdout.write(`${line}\n`); // CloudWatch reads metrics from the log
const log = jsonEventLog(write, systemClock);
const meter = new Meter();
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
  const endpoint = process.env.AWS_ENDPOINT_URL; // an emulator's: the SDK itself would follow it, but S3 has to be asked by path there
  opened ??= openWorkerWorld({ names: worldNames(process.env), log, ...(endpoint === undefined ? {} : { endpoint }) });
  return opened;
};

const placeOf = (hostname: string): Place => ({
  world: 'aws',
  loopbackOnly: false,
  hostname,
  memory: Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 512) * 1024 * 1024,
});

/**
 * Runs one invocation on the container's world, with the settings as they are now. What it counted goes to the log at its end.
 * @param work its deadline is by the monotonic clock, ms: when the invocation is cut off
 */
export async function invoked<T>(context: InvocationContext, work: (world: InvocationWorld, deadline: number) => Promise<T>): Promise<T> {
  const world = open();
  const { clock } = world;
  const deadline = clock.monotonic() + context.getRemainingTimeInMillis();
  const rejected = (): void => meter.counter(metrics.settingsRejected, {}).add(1);
  const settings = await liveSettings(world.settings, placeOf(worldNames(process.env).hostname), log, new Map(), rejected);
  try {
    return await work({ ...world, ...counting, settings, log, random: Math.random }, deadline);
  } finally {
    settings.close();
    for (const line of meter.lines(clock.now())) write(line);
  }
}

export type InvocationWorld = Omit<WorkerWorld, 'settings'> &
  typeof counting & {
    readonly settings: Awaited<ReturnType<typeof liveSettings>>;
    readonly log: typeof log;
    readonly random: () => number;
  };
