import os from 'node:os';
import { jsonEventLog } from '../core/observe/json-event-log.ts';
import { stageNamespace } from '../core/observe/metrics.ts';
import { serverSettings } from '../core/settings/server.ts';
import { edgePorts, healthPort, type ListenerName, services, talkPort } from '../platform/aws/edge-ports.ts';
import { stageSecrets } from '../platform/aws/stage-names.ts';
import { stopTimeout, type TaskOptions, taskOptions } from '../platform/aws/task-environment.ts';
import { firstOwnTask, metadataVariable, type OwnTask, readOwnTask } from '../platform/aws/task-metadata.ts';
import { type AwsWorld, type AwsWorldOptions, openAwsWorld } from '../platform/aws/world.ts';
import { type MailWorldNames, mailWorldNames } from '../platform/aws/world-names.ts';
import { bootFingerprint } from '../platform/node/boot-fingerprint.ts';
import { selfSigned } from '../platform/node/certificates.ts';
import { systemClock } from '../platform/node/clock.ts';
import { linesTo, logSurprises } from '../platform/node/log-lines.ts';
import { openHealth } from './net/health.ts';
import { openTls } from './net/tls.ts';
import type { PortOf } from './open-listeners.ts';
import { startService } from './service.ts';
import type { Surroundings } from './surroundings.ts';
import { endTask } from './task-end.ts';
import { memoryForClients, memoryOfMachine } from './this-machine.ts';

const write = linesTo(process.stdout); // CloudWatch reads events and metrics from it
const log = jsonEventLog(write, systemClock);

/** Ports are the deploy's. Of a service's listeners each opens and closes with its `enabled`; what belongs to the other service is never opened. */
function portsOf({ service, ports }: TaskOptions): PortOf {
  const own: readonly string[] = services[service];
  return (listener) => {
    if (!own.includes(listener)) return undefined;
    return ports === 'random' ? 0 : edgePorts[listener as ListenerName].container;
  };
}

interface ThisTask {
  readonly names: MailWorldNames;
  readonly options: TaskOptions;
  readonly task: OwnTask | undefined;
  /** As operators and fellows know it. */
  readonly name: string;
}

/** One task of a service: functions deliver, and whoever they are is told through SQS. */
function onFargate(world: AwsWorld, { names, options, task, name }: ThisTask): Surroundings {
  const { clock, dispatcher, secrets } = world;
  const memory = task?.memory ?? memoryOfMachine();
  const usualSecret = stageSecrets.certificate;
  return {
    world,
    place: { world: 'aws', loopbackOnly: false, hostname: names.hostname, memory },
    process: name,
    metricNamespace: stageNamespace(names.stage),
    memoryForClients: memoryForClients(memory),
    fingerprint: bootFingerprint(),
    slotStore: (meter) => world.countedSlots(meter),
    bind: options.bind,
    portOf: portsOf(options),
    fellows: world.fellows,
    startDelivery: () => ({ wake: (rows) => dispatcher.wake(rows), close: () => dispatcher.settled() }),
    openTls: ({ settings }) => {
      const ownCertificate = async () => {
        log.event('certificate-self-signed');
        return selfSigned(settings.get(serverSettings.hostname), clock.now());
      };
      return openTls({ settings, log, clock, secrets, usualSecret, atStart: 'self-signed', selfSigned: ownCertificate });
    },
    openQuestions: async (answers) => {
      world.answer(answers);
      return { close: () => {} };
    },
  };
}

/** Where others of the stage talk to this process. */
function talkOf({ bind, ports }: TaskOptions, task: OwnTask | undefined): AwsWorldOptions['talk'] {
  const name = task?.id ?? `${os.hostname()}-${process.pid}`.replaceAll(/[^0-9A-Za-z_-]/g, '-').slice(-64);
  return {
    name,
    listen: { host: bind, port: ports === 'random' ? 0 : talkPort },
    ...(task?.address === undefined ? {} : { host: task.address }),
  };
}

/** Before there is a session to say goodbye to. Process 1 of a container would not hear a signal that it does not ask for. */
const endAtOnce = (): never => process.exit(0);

async function run(): Promise<void> {
  logSurprises(log);
  process.on('SIGTERM', endAtOnce);
  const names = mailWorldNames(process.env);
  const options = taskOptions(process.env);
  const { bind, service, ports, drainWindow: window } = options;
  const metadata = process.env[metadataVariable];
  const task = metadata === undefined ? undefined : await firstOwnTask(metadata, systemClock);
  const endpoint = process.env.AWS_ENDPOINT_URL; // an emulator's: the SDK itself would follow it, but S3 has to be asked by path there
  const talk = talkOf(options, task);
  const world = await openAwsWorld({ names, log, talk, ...(endpoint === undefined ? {} : { endpoint }) });
  const running = await startService(onFargate(world, { names, options, task, name: talk.name }), { log, metrics: write });
  const health = await openHealth({ bind, port: ports === 'random' ? 0 : healthPort, serves: () => running.serves(), log });
  const isToStop = metadata === undefined ? undefined : async () => (await readOwnTask(metadata)).isToStop;
  process.off('SIGTERM', endAtOnce);
  endTask({ running, health, log, clock: systemClock, isToStop, window, stopTimeout: stopTimeout * 1000 });
  log.event('serving', { service, name: talk.name, health: health.port, ...running.ports });
}

await run().catch((error: unknown) => {
  log.failure('start-failed', error);
  process.exit(1);
});
