import type { Clock } from '../../core/values/clock.ts';

/** What ECS tells a task of itself. */
export interface OwnTask {
  /** The task's id: the last part of its ARN. */
  readonly id: string;
  /** It is to go: nobody signals it before its targets are deregistered. */
  readonly isToStop: boolean;
  /** Octets that the task may use in all. */
  readonly memory: number | undefined;
  /** Its address in the VPC. */
  readonly address: string | undefined;
}

/** Variable that ECS sets in every container. */
export const metadataVariable = 'ECS_CONTAINER_METADATA_URI_V4';

const patience = 2_000; // ms
const longest = 1024 * 1024; // octets; what it tells of a task with one container is about 3,000

/**
 * Asks the endpoint that ECS has in every task (version 4).
 * @param uri as `metadataVariable` has it
 * @throws when it does not answer in time, or in another way than it should
 */
export async function readOwnTask(uri: string): Promise<OwnTask> {
  const response = await fetch(`${uri}/task`, { signal: AbortSignal.timeout(patience), redirect: 'error' });
  const text = await boundedText(response);
  if (!response.ok) throw new Error(`the task's metadata: status ${response.status}`);
  return parseOwnTask(text);
}

const triesAtStart = 5;
const pauseAtStart = 1_000; // ms

/** As `readOwnTask`, for a container that begins: the endpoint may take a moment to know of it. */
export async function firstOwnTask(uri: string, clock: Pick<Clock, 'sleep'>): Promise<OwnTask> {
  for (let left = triesAtStart; ; left -= 1) {
    try {
      return await readOwnTask(uri);
    } catch (error) {
      if (left === 1) throw error;
      await clock.sleep(pauseAtStart);
    }
  }
}

/** @throws when it is no task's metadata */
export function parseOwnTask(text: string): OwnTask {
  const task = object(JSON.parse(text), 'metadata');
  const arn = task.TaskARN;
  if (typeof arn !== 'string' || typeof task.DesiredStatus !== 'string') throw new Error('no metadata of a task');
  const memory = typeof task.Limits === 'object' && task.Limits !== null ? object(task.Limits, 'Limits').Memory : undefined;
  return {
    id: arn.slice(arn.lastIndexOf('/') + 1),
    isToStop: task.DesiredStatus === 'STOPPED',
    memory: typeof memory === 'number' && memory > 0 ? memory * 1024 * 1024 : undefined,
    address: list(task.Containers).flatMap(addressesOf)[0],
  };
}

function addressesOf(container: unknown): readonly string[] {
  const networks = list(object(container, 'container').Networks);
  const addresses = networks.flatMap((network) => list(object(network, 'network').IPv4Addresses));
  return addresses.filter((address) => typeof address === 'string');
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function object(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new Error(`the task's ${what} is no object`);
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let octets = 0;
  for await (const chunk of response.body ?? []) {
    octets += chunk.length;
    if (octets > longest) throw new Error(`the task's metadata is longer than ${longest} octets`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
