import type { Dispatcher } from '../../core/delivery/dispatcher.ts';
import type { SettingsSource, SettingsVersion } from '../../core/settings/settings-source.ts';
import { deliverLocalRows } from '../../functions/deliver-local.ts';
import { openTls } from '../../listeners/net/tls.ts';
import { startService } from '../../listeners/service.ts';
import type { Running, Surroundings } from '../../listeners/surroundings.ts';
import { placeOf } from '../../listeners/this-machine.ts';
import { type AwsWorld, openAwsWorld } from '../../platform/aws/world.ts';
import { bootFingerprint } from '../../platform/node/boot-fingerprint.ts';
import { selfSigned } from '../../platform/node/certificates.ts';
import type { GroundOptions, OpenGround } from '../harness/ground.ts';
import { endpoint } from './slot-tables.ts';
import { makeStage } from './whole-stage.ts';

/**
 * A stage of its own at the endpoint, with one process that has all listeners of both services. What differs from a task: deliveries into
 * mailboxes are run here, by the code that the function runs, as SQS and Lambda would; and a setting holds as soon as it is written, while a
 * task would look for it within 5 s.
 */
export const onAws: OpenGround = async (options) => {
  const place = await makeStage(endpoint ?? '');
  try {
    const { names } = place;
    const talk = { name: 'all-listeners', listen: { host: '127.0.0.1', port: 0 } };
    const world = await openAwsWorld({ names, log: options.log, talk, endpoint: endpoint ?? '' });
    const process = await startService(around({ ...world, settings: toldAtOnce(world.settings) }, options), options);
    return { process, remove: place.remove };
  } catch (error) {
    await place.remove();
    throw error;
  }
};

function around(world: AwsWorld, { log }: GroundOptions): Surroundings {
  const { clock, secrets } = world;
  return {
    world,
    place: placeOf('127.0.0.1'), // with the defaults that the scripts were written by: on AWS nobody logs in without TLS
    process: 'all-listeners',
    memoryForClients: 64 * 1024 * 1024,
    fingerprint: bootFingerprint(),
    slotStore: (meter) => world.countedSlots(meter),
    bind: '127.0.0.1',
    portOf: () => 0,
    fellows: world.fellows,
    startDelivery: (running) => deliveringHere(world, running, log),
    openTls: ({ settings }) =>
      openTls({ settings, log, clock, secrets, selfSigned: async () => selfSigned('mail.example.org', clock.now()) }),
    openQuestions: async (answers) => {
      world.answer(answers);
      return { close: () => {} };
    },
  };
}

const patience = 60_000; // ms, of an invocation

/** One run at a time, as often as somebody is woken. */
function deliveringHere(
  world: AwsWorld,
  { settings, metrics }: Running,
  log: GroundOptions['log'],
): Dispatcher & { close(): Promise<void> } {
  let run: Promise<unknown> = Promise.resolve();
  const event = { Records: [{ messageId: '1', body: JSON.stringify({ nextHop: { kind: 'local' } }) }] };
  const local = { ...world, settings, counts: metrics.deliveries, log, random: Math.random };
  const deliver = (): Promise<unknown> => deliverLocalRows(event, local, world.clock.monotonic() + patience);
  return {
    wake(rows) {
      if (rows.some(({ nextHop }) => nextHop.kind === 'local')) run = run.then(deliver);
      world.dispatcher.wake(rows.filter(({ nextHop }) => nextHop.kind !== 'local'));
    },
    close: async () => {
      await run;
      await world.dispatcher.settled();
    },
  };
}

/** As if each process looked the moment that something is written. */
function toldAtOnce(source: SettingsSource): SettingsSource {
  const watchers = new Set<(now: SettingsVersion) => void>();
  return {
    read: () => source.read(),
    async write(changes) {
      await source.write(changes);
      const now = await source.read();
      for (const tell of watchers) tell(now);
    },
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
  };
}
