import { jsonEventLog } from '../core/observe/json-event-log.ts';
import { Meter } from '../core/observe/meter.ts';
import { metrics, stageNamespace } from '../core/observe/metrics.ts';
import type { Place } from '../core/settings/setting.ts';
import { environment } from '../platform/aws/world-names.ts';
import { systemClock } from '../platform/node/clock.ts';

/** What Lambda tells of an invocation. */
export interface InvocationContext {
  /** ms until it is cut off. */
  getRemainingTimeInMillis(): number;
}

const write = (line: string): void => void process.stdout.write(`${line}\n`); // CloudWatch reads metrics from the log

export const log = jsonEventLog(write, systemClock);
/** Of the container: what an invocation counted goes to the log at its end. */
export const meter = new Meter(stageNamespace(process.env[environment.stage] ?? ''));

export const countRejected = (): void => meter.counter(metrics.settingsRejected, {}).add(1);

/** Records that go back to their queue: for Lambda, an invocation that says so went well. */
export function countFailed<R extends { readonly batchItemFailures: readonly unknown[] }>(response: R): R {
  meter.counter(metrics.wakeUpsFailed, {}).add(response.batchItemFailures.length);
  return response;
}

/** An emulator's: the SDK itself would follow it, but S3 has to be asked by path there. */
export const endpointOf = (env: NodeJS.ProcessEnv): { readonly endpoint?: string } =>
  env.AWS_ENDPOINT_URL === undefined ? {} : { endpoint: env.AWS_ENDPOINT_URL };

/** Where a function runs, as settings see it. */
export const placeOf = (hostname: string): Place => ({
  world: 'aws',
  loopbackOnly: false,
  hostname,
  memory: Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 512) * 1024 * 1024,
});

/** Writes what `work` counted, whatever became of it. */
export async function metered<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    for (const line of meter.lines(systemClock.now())) write(line);
  }
}
