import { type ServiceName, services } from './edge-ports.ts';

/** What the CDK app tells a task of the listeners besides its world. */
export const taskEnvironment = {
  /** Which of `services` it is. */
  service: 'MAILWEIR_SERVICE',
  /** Seconds between the moment that ECS wants the task stopped and the moment it is killed: see `drainSeconds`. */
  drain: 'MAILWEIR_DRAIN_SECONDS',
  /** Address to listen on. Absent: all. */
  bind: 'MAILWEIR_BIND',
  /** `random`: any free ports, which the event `serving` tells. Absent: those of edge-ports.ts. */
  ports: 'MAILWEIR_PORTS',
} as const;

/** Seconds between SIGTERM and SIGKILL: the most that Fargate gives. */
export const stopTimeout = 120;

/**
 * For `taskEnvironment.drain`. A task that is to go is taken from the balancer's targets first, and hears nothing of it; only when that is over,
 * `deregistrationDelay` seconds later, comes SIGTERM, and `stopTimeout` after it SIGKILL.
 */
export const drainSeconds = (deregistrationDelay: number): number => deregistrationDelay + stopTimeout;

/**
 * For NODE_OPTIONS of the container: the task's size is known to whoever makes the task, and Node would take that of the machine under it. What is left
 * is for what is not on the heap: sockets, TLS, messages under way (a sixteenth of the memory), threads.
 * @param memory MiB of the task
 */
export const nodeOptionsFor = (memory: number): string => `--max-old-space-size=${Math.floor(memory * 0.6)}`;

/**
 * What a task's process needs of its container besides. Open files: one per session, one more where a session waits for AWS, and some hundred of its
 * own. TCP: the process asks for keepalive after 120 s of silence on each socket (listeners/net/listener.ts), well within the balancer's idle timeout;
 * how often probes follow is up to the sysctls net.ipv4.tcp_keepalive_intvl and _probes. It writes no file, so its root may be read-only. A check of
 * health may be of HTTP: its answer, unlike an accepted connection, is the process's own and not the kernel's.
 */
export const openFilesFor = (sessions: number): number => 2 * sessions + 1_000;

export interface TaskOptions {
  readonly service: ServiceName;
  /** ms; see `drainSeconds`. */
  readonly drainWindow: number;
  readonly bind: string;
  readonly ports: 'fixed' | 'random';
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws naming the variable that is wrong */
export function taskOptions(env: Environment): TaskOptions {
  const ports = env[taskEnvironment.ports] ?? '';
  if (ports !== '' && ports !== 'random') throw new Error(`${taskEnvironment.ports} ${JSON.stringify(ports)}: may be random, or absent`);
  return {
    service: serviceOf(env[taskEnvironment.service] ?? ''),
    drainWindow: drainWindowOf(env[taskEnvironment.drain] ?? '') * 1000,
    bind: env[taskEnvironment.bind] || '0.0.0.0',
    ports: ports === 'random' ? 'random' : 'fixed',
  };
}

function serviceOf(text: string): ServiceName {
  const known = Object.keys(services) as ServiceName[];
  const service = known.find((name) => name === text);
  if (service === undefined) throw new Error(`${taskEnvironment.service} ${JSON.stringify(text)}: give one of ${known.join(', ')}`);
  return service;
}

/** By AWS's own limits: a deregistration delay is an hour at most. */
function drainWindowOf(text: string): number {
  if (text === '') return stopTimeout;
  const seconds = Number(text);
  const most = drainSeconds(3600);
  if (Number.isInteger(seconds) && seconds >= 1 && seconds <= most) return seconds;
  throw new Error(`${taskEnvironment.drain} ${JSON.stringify(text)}: give whole seconds, 1 to ${most}`);
}
